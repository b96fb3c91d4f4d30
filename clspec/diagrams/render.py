"""A drawn view: saved as a picture, shown in a notebook, or read as text."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable
from pathlib import Path

from clspec.diagrams.engines import EngineError, NoEngineError, draw
from clspec.diagrams.options import FORMATS, SUFFIXES, Format, Theme, choose
from clspec.diagrams.svg import finish_svg
from clspec.diagrams.themes import dark_rules
from clspec.files import write_atomically

__all__ = ["FORMATS", "Diagram", "EngineError", "NoEngineError"]


class Diagram:
    """A view of a model: `source` is its DOT text, `mermaid` the same as a Mermaid flowchart, `text` in plain words.

    Of theme `auto`, the SVG turns dark where its reader prefers dark pages. `page` makes the HTML of all views.
    """

    def __init__(
        self, source: str, mermaid: str, text: str, theme: Theme = "auto", page: Callable[[], str] | None = None
    ) -> None:
        self.source = source
        self.mermaid = mermaid
        self.text = text
        self._theme = theme
        self._page = page

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

    def data(self, format: Format) -> bytes:
        """The picture in one of FORMATS."""
        choose("format", format, FORMATS)
        written = {"dot": self.source, "mermaid": self.mermaid, "text": self.text}
        if format in written:
            return written[format].encode()
        if format == "html":
            if self._page is None:
                raise ValueError("a picture by itself has no page: that is made of a model")
            return self._page().encode()
        picture = draw(self.source, format)
        if format != "svg":
            return picture
        svg = picture.decode()
        return finish_svg(svg, self.title, self.description, dark_rules(svg) if self._theme == "auto" else "").encode()

    def save(self, path: str | os.PathLike[str], format: Format | None = None) -> Path:
        """Writes the picture; the format is the path's suffix where it is not told. What was there stays whole until
        the new one is. Missing folders are made.

        Where no engine draws it the DOT text is written beside: NoEngineError says where, and how to get an image;
        EngineError says where, and why.
        """
        target = Path(path)
        wanted = format or format_of(target)
        try:
            picture = self.data(wanted)
        except (NoEngineError, EngineError) as error:
            beside = target.with_suffix(".dot")
            write_atomically(beside, self.source)
            raise type(error)(f"wrote {beside} instead of {target}: {error}") from None
        write_atomically(target, picture)
        return target

    def _repr_mimebundle_(
        self, include: Iterable[str] | None = None, exclude: Iterable[str] | None = None
    ) -> dict[str, str]:
        """What a notebook shows: the picture, else Mermaid in Markdown, else the text. Never raises."""
        try:
            return {"image/svg+xml": self.svg(), "text/plain": self.text}
        except Exception as error:
            return {"text/markdown": f"```mermaid\n{self.mermaid}```\n", "text/plain": f"{error}\n\n{self.text}"}

    def __str__(self) -> str:
        return self.text

    def __repr__(self) -> str:
        return f"<Diagram {self.title!r}>"


def format_of(path: Path) -> Format:
    """The format that a file's suffix names. Raises ValueError with the choices."""
    format = SUFFIXES.get(path.suffix.lower())
    if format is None:
        named = f'"{path.suffix}" is no format' if path.suffix else f'"{path.name}" names no format'
        raise ValueError(f"{named}: end the file's name in {', '.join(SUFFIXES)}")
    return format


def _comment(source: str, name: str) -> str:
    lead = f"// {name}: "
    return next((line.removeprefix(lead) for line in source.split("\n")[:2] if line.startswith(lead)), "")
