"""YAML on lines: short lists and mappings in brackets, the others one entry a line; no comment is lost."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from clspec.syntax.comments import Comments, Scope, Unit
from clspec.syntax.document import Comment, GroupStatement, ModelStatement
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
    """A list or a mapping. `block`: never in brackets."""

    entries: tuple[YamlEntry, ...]
    mapping: bool
    block: bool = False


YamlTree = str | Tree


def flow(tree: YamlTree) -> str:
    """The tree on one line."""
    if isinstance(tree, str):
        return tree
    inside = ", ".join((f"{entry.key}: " if tree.mapping else "") + flow(entry.value) for entry in tree.entries)
    return f"{{{inside}}}" if tree.mapping else f"[{inside}]"


class YamlLayout:
    """Lays a tree out on lines, with its comments."""

    def __init__(self, comments: Comments) -> None:
        self.comments = comments

    def block(self, tree: Tree, column: int) -> list[Line]:
        """The entries of a tree, one after the other."""
        lines = [line for entry in tree.entries for line in self.entry(entry, column, dash=not tree.mapping)]
        lines[0].blank_above = False
        return lines

    def entry(self, entry: YamlEntry, column: int, dash: bool) -> list[Line]:
        """The lines of an entry, what is written above and behind it included."""
        if entry.unit is None:
            return self._entry(entry, column, dash)
        filed = self.comments.of(entry.unit)
        body = self._body_scope(entry.unit)
        opening = self.comments.opening(body) if body else []
        closing = self.comments.closing(body) if body else []
        lines = self._entry(entry, column, dash)
        moved = [*filed.inside, *self.comments.rest_of(entry.unit)]
        behind = [*opening, *filed.behind]
        if not behind and moved and not moved[-1].own_line:
            behind = [moved.pop()]
        first = next(line for line in lines if not line.remark)
        if behind and not first.comment:
            first.comment = behind.pop(0).text
        above = [Line(_lead(column) + comment.text, remark=True) for comment in (*moved, *behind)]
        lines = [*above, *lines, *self._remarks(closing, column + INDENT)]
        lines[0].blank_above = self.comments.blank_above(entry.unit.span)
        return [*self._remarks(filed.above, column), *lines]

    def _entry(self, entry: YamlEntry, column: int, dash: bool) -> list[Line]:
        lead, value = _lead(column), entry.value
        start = lead + ("-" if dash else f"{entry.key}:")
        short = f"{start} {flow(value)}"
        if isinstance(value, str) or not value.entries or (len(short) <= WIDTH and self._may_flow(value)):
            return [Line(short)]
        if not dash:
            return [Line(start), *self.block(value, column + INDENT)]
        # The first entry stands behind the dash, the others below it.
        lines = self.block(value, column + INDENT)
        first = next(number for number, line in enumerate(lines) if not line.remark)
        lines[first].text = f"{start} {lines[first].text[column + INDENT :]}"
        above = [Line(lead + line.text.lstrip(), blank_above=line.blank_above, remark=True) for line in lines[:first]]
        return [*above, *lines[first:]]

    def _may_flow(self, tree: Tree) -> bool:
        if tree.block:
            return False
        for entry in tree.entries:
            if entry.unit is not None and self.comments.are_about(entry.unit):
                return False
            if isinstance(entry.value, Tree) and not self._may_flow(entry.value):
                return False
        return True

    def _body_scope(self, unit: Unit) -> Scope | None:
        return self.comments.inside(unit)[-1] if isinstance(unit, (ModelStatement, GroupStatement)) else None

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
