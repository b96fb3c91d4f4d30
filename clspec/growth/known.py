"""Numbers that a model comes to know, each with its place: what thousands of growths only ever add to."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from itertools import islice


class Known:
    """Distinct numbers in the order they came, each with a place, ascending. It never changes: `more` gives another.

    The two share what they have in common, so neither growing nor keeping the shorter one copies anything.
    """

    __slots__ = ("_count", "_end", "_places")

    def __init__(self, numbers: Iterable[int] = ()) -> None:
        self._places = {number: place for place, number in enumerate(numbers)}
        self._count = self._end = len(self._places)
        """What lies further on in `_places` belongs to a longer one; `_end` is one past the last place."""

    def place(self, number: int) -> int | None:
        place = self._places.get(number)
        return place if place is not None and place < self._end else None

    def __contains__(self, number: int) -> bool:
        return self.place(number) is not None

    def __len__(self) -> int:
        return self._count

    def __iter__(self) -> Iterator[int]:
        return islice(self._places, self._count)

    def places(self) -> Iterator[int]:
        """The place of each number, in the order of the numbers."""
        return islice(self._places.values(), self._count)

    def missing(self, numbers: Iterable[int]) -> set[int]:
        """Those of `numbers` that are not known."""
        places, end = self._places, self._end
        return {number for number in numbers if places.get(number, end) >= end}

    def more(self, places: Mapping[int, int]) -> Known:
        """With numbers that are not known yet and their places, which ascend and lie behind those there."""
        longer = Known()
        longer._places = (
            self._places if len(self._places) == self._count else dict(zip(self, self.places(), strict=True))
        )
        # Mostly a number is its own place: then one object serves for both.
        longer._places.update((number, number if number == place else place) for number, place in places.items())
        longer._count = len(longer._places)
        longer._end = next(reversed(longer._places.values())) + 1 if longer._places else 0
        return longer

    def also(self, numbers: Iterable[int]) -> Known:
        """With those of `numbers` that are not known yet, ascending, in the next places."""
        return self.more({number: place for place, number in enumerate(sorted(self.missing(numbers)), self._end)})
