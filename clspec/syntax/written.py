"""The entries of a YAML text as they stand there, whatever they mean: what its comments are about."""

from __future__ import annotations

from bisect import bisect_right
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
        """The entry of this one with a key; without that, the one that holds a place of the text."""
        here = self._at(at) if at is not None else None
        if key is None or (here is not None and here.key == key):
            return here
        return next((entry for entry in self.entries if entry.key == key), here)

    def _at(self, place: int) -> Written | None:
        after = bisect_right(self.entries, place, key=lambda entry: entry.span.start)
        found = self.entries[after - 1] if after else None
        return found if found is not None and place < found.span.end else None

    def walk(self) -> Iterator[Written]:
        """This entry and all below it."""
        yield self
        for entry in self.entries:
            yield from entry.walk()
