"""How a picture is wanted: one set of names for the command line and for Python."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, get_args

Turn = Literal["auto", "LR", "TB"]
Theme = Literal["auto", "light", "dark", "print"]
Format = Literal["svg", "png", "pdf", "html", "dot", "mermaid", "text"]

DIRECTIONS: Sequence[Turn] = get_args(Turn)
THEMES: Sequence[Theme] = get_args(Theme)
FORMATS: Sequence[Format] = get_args(Format)
SUFFIXES: dict[str, Format] = {
    ".svg": "svg", ".png": "png", ".pdf": "pdf", ".html": "html", ".dot": "dot", ".mmd": "mermaid", ".txt": "text",
}  # fmt: skip
"""The suffixes of files by which a format is told."""


@dataclass(frozen=True)
class Options:
    """`direction` LR runs left to right, TB from top to bottom, auto as it fits a README. `theme`
    auto is light, and in an SVG dark where the reader prefers dark pages. `depth` is how many levels of
    nesting are drawn (None: all). `expand` are parts that are drawn open whatever their level, and the parts, tasks or
    columns in them one by one, however many are alike. Without `legend` the swatches below the picture are left out;
    the rules stay. `bare` pictures have no title, facts or rules either: a page tells them.

    Raises ValueError, which names the choices.
    """

    direction: Turn = "auto"
    theme: Theme = "auto"
    legend: bool = True
    depth: int | None = None
    expand: tuple[str, ...] = ()
    bare: bool = False

    def __post_init__(self) -> None:
        choose("direction", self.direction, DIRECTIONS)
        choose("theme", self.theme, THEMES)
        if self.depth is not None and (type(self.depth) is not int or self.depth < 1):
            raise ValueError(f"depth is {self.depth!r}, but the model itself is level 1: give a whole number from 1")


def choose(what: str, given: str, choices: Sequence[str]) -> None:
    """Raises ValueError where `given` is none of the choices."""
    if given not in choices:
        raise ValueError(f'unknown {what} "{given}"; one of: {", ".join(choices)}')


DEFAULTS = Options()
