"""YAML on lines: short lists and mappings in brackets, the others one entry a line; no comment is lost."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from clspec.syntax.comments import Comments, Unit
from clspec.syntax.document import Comment
from clspec.syntax.layout import WIDTH, Line

INDENT = 2


@dataclass(frozen=True)
class YamlEntry:
    """An entry of a list (no key) or of a mapping. `unit` is what its comments are about."""

    key: str | None
    value: YamlTree
    unit: Unit | None = None


@dataclass(frozen=True)
class Tree:
    """A list or a mapping. `block`: never in brackets. `anchor`: the name that is given to it, as `&name`."""

    entries: tuple[YamlEntry, ...]
    mapping: bool
    block: bool = False
    anchor: str = ""


YamlTree = str | Tree


def flow(tree: YamlTree) -> str:
    """The tree on one line."""
    if isinstance(tree, str):
        return tree
    inside = ", ".join((f"{entry.key}: " if tree.mapping else "") + flow(entry.value) for entry in tree.entries)
    lead = f"{tree.anchor} " if tree.anchor else ""
    return f"{lead}{{{inside}}}" if tree.mapping else f"{lead}[{inside}]"


class YamlLayout:
    """Lays a tree out on lines, with its comments."""

    def __init__(self, comments: Comments) -> None:
        self.comments = comments

    def block(self, tree: Tree, column: int, holder: Unit | None) -> list[Line]:
        """The entries of a tree, one after the other. `holder` is what holds them in the text that was read."""
        dash = not tree.mapping
        lines = [line for entry in tree.entries for line in self.entry(entry, column, dash, holder)]
        lines[0].blank_above = False
        return lines

    def entry(self, entry: YamlEntry, column: int, dash: bool, holder: Unit | None) -> list[Line]:
        """The lines of an entry, what is written above and behind it included."""
        unit = self.comments.unit_of(entry.key, entry.unit, holder)
        if unit is None:
            return self._entry(entry, column, dash, None)
        filed, body = self.comments.of(unit), self.comments.body(unit)
        opening = self.comments.opening(body) if body else []
        closing = self.comments.closing(body) if body else []
        lines = self._entry(entry, column, dash, unit)
        # What a key holds may be printed elsewhere yet; what a statement holds is printed by now.
        moved = [*filed.inside, *(self.comments.rest_of(unit) if entry.unit is not None else ())]
        behind = [*opening, *filed.behind]
        if not behind and moved and not moved[-1].own_line:
            behind = [moved.pop()]
        first = next(line for line in lines if not line.remark)
        if behind and not first.comment:
            first.comment = behind.pop(0).text
        above = [Line(_lead(column) + comment.text, remark=True) for comment in (*moved, *behind)]
        lines = [*above, *lines, *self._remarks(closing, column + INDENT)]
        lines[0].blank_above = entry.unit is not None and self.comments.blank_above(unit.span)
        return [*self._remarks(filed.above, column), *lines]

    def _entry(self, entry: YamlEntry, column: int, dash: bool, unit: Unit | None) -> list[Line]:
        lead, value = _lead(column), entry.value
        start = lead + ("-" if dash else f"{entry.key}:")
        short = f"{start} {flow(value)}".rstrip()
        if isinstance(value, str) or not value.entries or (len(short) <= WIDTH and self._may_flow(value, unit)):
            return [Line(short)]
        if value.anchor:
            return [Line(f"{start} {value.anchor}"), *self.block(value, column + INDENT, unit)]
        if not dash:
            return [Line(start), *self.block(value, column + INDENT, unit)]
        # The first entry stands behind the dash, the others below it.
        lines = self.block(value, column + INDENT, unit)
        first = next(number for number, line in enumerate(lines) if not line.remark)
        lines[first].text = f"{start} {lines[first].text[column + INDENT :]}"
        above = [Line(lead + line.text.lstrip(), blank_above=line.blank_above, remark=True) for line in lines[:first]]
        return [*above, *lines[first:]]

    def _may_flow(self, tree: Tree, holder: Unit | None) -> bool:
        if tree.block or self.comments.stand_under(holder):
            return False
        for entry in tree.entries:
            unit = self.comments.unit_of(entry.key, entry.unit, holder)
            if unit is not None and self.comments.are_about(unit):
                return False
            if isinstance(entry.value, Tree) and not self._may_flow(entry.value, unit):
                return False
        return True

    def _remarks(self, comments: Sequence[Comment], column: int) -> list[Line]:
        return [
            Line(_lead(column) + comment.text, blank_above=self.comments.blank_above(comment.span), remark=True)
            for comment in comments
        ]

    def tail(self, comments: Sequence[Comment]) -> list[Line]:
        """Comments at the end of the file."""
        return self._remarks(comments, 0)


def _lead(column: int) -> str:
    return " " * column
