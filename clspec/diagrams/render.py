"""A drawn view: DOT text that can be saved as a picture, shown in a notebook, or read."""

from __future__ import annotations

import os
from collections.abc import Iterable
from pathlib import Path

from clspec.diagrams.engines import EngineError, NoEngineError, draw
from clspec.diagrams.svg import finish_svg
from clspec.files import write_atomically

__all__ = ["FORMATS", "Diagram", "EngineError", "NoEngineError"]

FORMATS = ("svg", "png", "pdf", "dot")


class Diagram:
    """A view of a model; `source` is its DOT text."""

    def __init__(self, source: str) -> None:
        self.source = source

    @property
    def title(self) -> str:
        """What screen readers call the picture."""
        return _comment(self.source, "title") or "model"

    @property
    def description(self) -> str:
        """What screen readers say about the picture."""
        return _comment(self.source, "description")

    def svg(self) -> str:
        """The picture as SVG text; raises NoEngineError or EngineError where it cannot be drawn."""
        return self.data("svg").decode()

    def data(self, format: str) -> bytes:
        """The picture in one of FORMATS."""
        if format not in FORMATS:
            raise ValueError(f'unknown format "{format}", one of: {", ".join(FORMATS)}')
        if format == "dot":
            return self.source.encode()
        picture = draw(self.source, format)
        if format != "svg":
            return picture
        return finish_svg(picture.decode(), self.title, self.description).encode()

    def save(self, path: str | os.PathLike[str]) -> Path:
        """Writes the picture; the format is the path's suffix. What was there stays whole until the new one is.
        Missing folders are made.

        Without an engine the DOT text is written beside, and NoEngineError says where and how to get an image.
        """
        target = Path(path)
        format = target.suffix.lower().removeprefix(".")
        if format not in FORMATS:
            named = f'"{target.suffix}" is no format' if target.suffix else f'"{target.name}" names no format'
            raise ValueError(f"{named}: end the file's name in {', '.join(f'.{known}' for known in FORMATS)}")
        try:
            picture = self.data(format)
        except NoEngineError as error:
            beside = target.with_suffix(".dot")
            write_atomically(beside, self.source)
            raise NoEngineError(f"wrote {beside} instead of {target}: {error}") from None
        write_atomically(target, picture)
        return target

    def _repr_mimebundle_(
        self, include: Iterable[str] | None = None, exclude: Iterable[str] | None = None
    ) -> dict[str, str]:
        """What a notebook shows: the picture, else the DOT text. Never raises."""
        try:
            return {"image/svg+xml": self.svg(), "text/plain": repr(self)}
        except Exception as error:
            return {"text/plain": f"{error}\n\n{self.source}"}

    def __repr__(self) -> str:
        return f"<Diagram {self.title!r}>"


def _comment(source: str, name: str) -> str:
    lead = f"// {name}: "
    return next((line.removeprefix(lead) for line in source.split("\n")[:2] if line.startswith(lead)), "")
