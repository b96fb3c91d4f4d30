"""Source text and places in it: every later stage points at a `Span`."""

from __future__ import annotations

import bisect
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Literal


def file_name(path: str) -> str:
    """The last part of a path: what is generated or drawn must not depend on where the spec lies."""
    return path.replace("\\", "/").rsplit("/", 1)[-1]


@dataclass(frozen=True)
class SourceFile:
    """A spec's text under the name that messages use for it (a path as the user wrote it, or `<string>`)."""

    name: str
    text: str = field(repr=False)

    @property
    def folder(self) -> Path:
        """The folder that the file lies in, as its name says; that of a text by itself is the program's own."""
        return Path(self.name).parent

    @cached_property
    def line_starts(self) -> list[int]:
        """Offsets at which the lines start; a line ends at "\\n", whatever else Python takes for a line break."""
        starts = [0]
        position = self.text.find("\n")
        while position >= 0:
            starts.append(position + 1)
            position = self.text.find("\n", position + 1)
        return starts

    def line_text(self, line: int) -> str:
        """The text of a line (counted from 1) without its line break."""
        start = self.line_starts[line - 1]
        end = self.line_starts[line] if line < len(self.line_starts) else len(self.text)
        return self.text[start:end].rstrip("\r\n")

    def position(self, offset: int) -> tuple[int, int]:
        """Line and column, both counted from 1, of a character offset."""
        line = bisect.bisect_right(self.line_starts, offset)
        return line, offset - self.line_starts[line - 1] + 1

    def offset(self, line: int, column: int) -> int:
        """The character offset of a line and column, both counted from 1."""
        return self.line_starts[line - 1] + column - 1

    def position_in(self, unit: Unit, offset: int) -> tuple[int, int]:
        """The same as `position`, the column counted in other units: editors and SARIF count UTF-16 ones."""
        line, column = self.position(offset)
        return line, _units(self.text[offset - column + 1 : offset], unit) + 1

    def offset_in(self, unit: Unit, line: int, column: int) -> int:
        """The character offset of such a line and column; the nearest one that there is."""
        if line < 1:
            return 0
        if line > len(self.line_starts):
            return len(self.text)
        start, text = self.line_starts[line - 1], self.line_text(line)
        if text.isascii():
            return start + min(max(column - 1, 0), len(text))
        units = 0
        for position, character in enumerate(text):
            units += _units(character, unit)
            if units >= column:
                return start + position
        return start + len(text)


Unit = Literal["utf-8", "utf-16", "utf-32"]
"""What columns are counted in: code units of one of these; those of UTF-32 are characters."""


def _units(text: str, unit: Unit) -> int:
    width = {"utf-8": 1, "utf-16": 2, "utf-32": 4}[unit]
    codec = "utf-8" if unit == "utf-8" else f"{unit}-le"
    return len(text.encode(codec, "surrogatepass")) // width


@dataclass(frozen=True)
class Span:
    """The characters `start` to `end` (not included) of a source file."""

    source: SourceFile = field(repr=False)
    start: int
    end: int

    @property
    def line(self) -> int:
        return self.source.position(self.start)[0]

    @property
    def column(self) -> int:
        return self.source.position(self.start)[1]

    @property
    def end_line(self) -> int:
        return self.source.position(self.end)[0]

    @property
    def end_column(self) -> int:
        return self.source.position(self.end)[1]

    @property
    def text(self) -> str:
        return self.source.text[self.start : self.end]

    @property
    def place(self) -> str:
        """`file:line`, as generated code and plans quote it."""
        return f"{self.source.name}:{self.line}"

    def touches(self, other: Span) -> bool:
        """Whether the two share a place in a file; one without a width lies between characters."""
        return self.source.name == other.source.name and self.start <= other.end and other.start <= self.end

    def lies_in(self, other: Span) -> bool:
        return self.source is other.source and other.start <= self.start and self.end <= other.end

    def to(self, other: Span) -> Span:
        """The span from the start of this one to the end of the other."""
        return Span(self.source, self.start, max(self.end, other.end))
