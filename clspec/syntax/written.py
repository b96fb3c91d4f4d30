"""The entries of a YAML text as they stand there, whatever they mean: what its comments are about."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from clspec.source import Span


@dataclass(frozen=True)
class Written:
    """An entry of a list, or of a mapping, then with its `key`. `start` is where its value may begin.

    `entries` are those of its value, none where that is a single word or an alias. `flow`: they stand in brackets.
    """

    key: str | None
    start: int
    span: Span
    entries: tuple[Written, ...]
    flow: bool

    def within(self, key: str | None, at: int | None) -> Written | None:
        """The entry of this one with a key; else the one that holds a place of the text."""
        for entry in self.entries:
            if key is not None and entry.key == key:
                return entry
        for entry in self.entries:
            if at is not None and entry.span.start <= at < entry.span.end:
                return entry
        return None

    def walk(self) -> Iterator[Written]:
        """This entry and all below it."""
        yield self
        for entry in self.entries:
            yield from entry.walk()
