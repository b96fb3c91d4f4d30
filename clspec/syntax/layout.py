"""Words on lines: a bracket stays on one line where it fits, else each of its units gets a line; no comment is lost."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from clspec.syntax.comments import Comments, Scope, Unit
from clspec.syntax.document import Comment

WIDTH = 100
"""Lines longer than this are broken at their brackets. Comments behind them do not count."""
INDENT = 4

_OPENED = re.compile(r"\s*[\[({][ \t\r]*\n")


@dataclass(frozen=True)
class Bracket:
    """Units between two brackets. `separator` stands between them; `body` always puts each on a line of its own."""

    ends: str
    entries: tuple[Entry, ...]
    scope: Scope
    separator: str = ","
    body: bool = False


Words = tuple[str | Bracket, ...]


@dataclass(frozen=True)
class Entry:
    """A unit and its words."""

    unit: Unit
    words: Words


@dataclass
class Line:
    """A line of output, with the comment behind it; `remark` where it is nothing but a comment."""

    text: str
    comment: str = ""
    blank_above: bool = False
    remark: bool = False


def flat(words: Words) -> str:
    """The words on one line."""
    return "".join(word if isinstance(word, str) else _flat_bracket(word) for word in words)


def _flat_bracket(bracket: Bracket) -> str:
    inside = f"{bracket.separator} ".join(flat(entry.words) for entry in bracket.entries)
    room = " " if inside and bracket.ends == "{}" else ""
    return f"{bracket.ends[0]}{room}{inside}{room}{bracket.ends[1]}"


class Layout:
    """Lays entries out on lines, each with its comments."""

    def __init__(self, comments: Comments) -> None:
        self.comments = comments

    def entries(self, entries: Iterable[Entry], scope: Scope, depth: int, end: str = "") -> list[Line]:
        """The lines of a scope: its entries, and the comments behind the last."""
        lines = [line for entry in entries for line in self.entry(entry, depth, end)]
        lines += self.remarks(self.comments.closing(scope), depth)
        if lines:
            lines[0].blank_above = False
        return lines

    def entry(self, entry: Entry, depth: int, end: str = "") -> list[Line]:
        """The lines of a unit, what is written above and behind it included."""
        filed = self.comments.of(entry.unit)
        lines = self.words(entry.words, depth, end)
        inside, behind = filed.inside, filed.behind
        if inside and not behind and len(lines) == 1 and not inside[-1].own_line:
            inside, behind = inside[:-1], inside[-1:]
        if behind:
            lines[-1].comment = behind[0].text
        # A comment in the middle of a unit has no place there: it moves above.
        moved = [Line(_lead(depth) + comment.text, remark=True) for comment in [*inside, *behind[1:]]]
        lines = [*moved, *lines]
        lines[0].blank_above = self.comments.blank_above(entry.unit.span)
        return [*self.remarks(filed.above, depth), *lines]

    def remarks(self, comments: Sequence[Comment], depth: int) -> list[Line]:
        """Comments on lines of their own."""
        return [
            Line(_lead(depth) + comment.text, blank_above=self.comments.blank_above(comment.span), remark=True)
            for comment in comments
        ]

    def words(self, words: Words, depth: int, end: str = "") -> list[Line]:
        """The lines that words take; `end` follows the last."""
        lines, current = list[Line](), Line(_lead(depth))
        for number, word in enumerate(words):
            if isinstance(word, str):
                current.text += word
                continue
            written = _flat_bracket(word)
            if not self.breaks(word):
                room = WIDTH - len(current.text) - len(written) - self._ahead(words[number + 1 :], end)
                if room >= 0 or not word.entries:
                    current.text += written
                    continue
            current.text += word.ends[0]
            lines += [current, *self._inside(word, current, depth)]
            current = Line(_lead(depth) + word.ends[1])
        current.text += end
        return [*lines, current]

    def breaks(self, bracket: Bracket) -> bool:
        """Whether a bracket must take several lines, however short it is."""
        if self.comments.stand_in(bracket.scope) or (bracket.body and bracket.entries):
            return True
        opened = bool(bracket.entries) and _OPENED.match(self.comments.text, max(bracket.scope.start, 0))
        return bool(opened) or any(
            self.comments.are_about(entry.unit)
            or any(self.breaks(word) for word in entry.words if isinstance(word, Bracket))
            for entry in bracket.entries
        )

    def _inside(self, bracket: Bracket, opening: Line, depth: int) -> list[Line]:
        first, *others = [*self.comments.opening(bracket.scope), None]
        opening.comment = first.text if first else ""
        end = "," if bracket.separator == "," else ""
        more = self.remarks([comment for comment in others if comment], depth + 1)
        return [*more, *self.entries(bracket.entries, bracket.scope, depth + 1, end)]

    def _ahead(self, words: Words, end: str) -> int:
        """How much more must stand on the line, up to the next bracket that is broken anyway."""
        length = len(end)
        for word in words:
            if isinstance(word, Bracket) and self.breaks(word):
                return length + 1
            length += len(word) if isinstance(word, str) else len(_flat_bracket(word))
        return length


def join(lines: Sequence[Line]) -> str:
    """The text. Comments behind lines that follow each other begin in the same column."""
    written: list[str] = []
    run: list[Line] = []
    for line in lines:
        if run and (line.blank_above or not line.comment):
            written += _aligned(run)
            run = []
        if line.blank_above:
            written.append("")
        if line.comment:
            run.append(line)
        else:
            written.append(line.text)
    written += _aligned(run)
    return "".join(f"{line}\n" for line in written)


def _aligned(run: Sequence[Line]) -> list[str]:
    width = max((len(line.text) for line in run), default=0)
    return [f"{line.text:<{width}}  {line.comment}" for line in run]


def _lead(depth: int) -> str:
    return " " * (INDENT * depth)
