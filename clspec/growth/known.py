"""Numbers that a model comes to know, each with its place: what thousands of growths only ever add to."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from itertools import chain, islice

from clspec.experience import LONG


class Known:
    """Distinct numbers in the order they came, each with a place, ascending. It never changes: `more` gives another.

    The two share what they have in common, so neither growing nor keeping the shorter one copies anything. A long range
    of numbers is one block, however many they are.
    """

    __slots__ = ("_blocks", "_count", "_end", "_places", "_stop", "_total")

    def __init__(self, numbers: Iterable[int] = ()) -> None:
        self._places = {number: place for place, number in enumerate(numbers)}
        self._count = self._end = self._total = len(self._places)
        """What lies further on in `_places` belongs to a longer one; `_end` is one past the last place."""
        self._blocks: tuple[tuple[range, int], ...] = ()
        """Numbers that are not in `_places`, with the place of the first; all lie below `_stop`."""
        self._stop = 0

    def place(self, number: int) -> int | None:
        place = self._places.get(number)
        if place is not None and place < self._end:
            return place
        return next((first + number - block.start for block, first in self._blocks if number in block), None)

    def __contains__(self, number: int) -> bool:
        return self.place(number) is not None

    def __len__(self) -> int:
        return self._total

    def __iter__(self) -> Iterator[int]:
        singles = islice(self._places, self._count)
        return (number for number, _ in self._pairs()) if self._blocks else singles

    def places(self) -> Iterator[int]:
        """The place of each number, in the order of the numbers."""
        singles = islice(self._places.values(), self._count)
        return (place for _, place in self._pairs()) if self._blocks else singles

    def _pairs(self) -> Iterator[tuple[int, int]]:
        singles = islice(self._places.items(), self._count)
        single = next(singles, None)
        for block, first in self._blocks:
            while single is not None and single[1] < first:
                yield single
                single = next(singles, None)
            yield from zip(block, range(first, first + len(block)), strict=True)
        if single is not None:
            yield single
            yield from singles

    def missing(self, numbers: Iterable[int]) -> Collection[int]:
        """Those of `numbers` that are not known: a long range stays one where it can."""
        if isinstance(numbers, range) and len(numbers) >= LONG:
            return self._missing_of(numbers)
        places, end = self._places, self._end
        missing = {number for number in numbers if places.get(number, end) >= end}
        return {number for number in missing if number not in self} if self._blocks and missing else missing

    def _missing_of(self, numbers: range) -> Collection[int]:
        singles = [number for number in islice(self._places, self._count) if number in numbers]
        if len(singles) > LONG:
            return {number for number in numbers if number not in self}
        left = [numbers]
        blocks = (block for block, _ in self._blocks if numbers.start < self._stop)
        for known in chain(blocks, (range(number, number + 1) for number in singles)):
            left = [part for each in left for part in _without(each, known)]
            if not left:
                break
        return left[0] if len(left) == 1 else set(chain.from_iterable(left))

    def more(self, places: Mapping[int, int]) -> Known:
        """With numbers that are not known yet and their places, which ascend and lie behind those there."""
        longer = self._longer(len(self._places) == self._count)
        # Mostly a number is its own place: then one object serves for both.
        longer._places.update((number, number if number == place else place) for number, place in places.items())
        longer._count += len(places)
        longer._total += len(places)
        longer._end = next(reversed(longer._places.values())) + 1 if places else self._end
        return longer

    def block(self, numbers: range, first: int) -> Known:
        """With numbers that are not known yet, the first of them at a place behind those there."""
        longer = self._longer(False)  # or it would know what another adds at these places
        longer._blocks = (*self._blocks, (numbers, first))
        longer._total += len(numbers)
        longer._end, longer._stop = first + len(numbers), max(self._stop, numbers.stop)
        return longer

    def also(self, numbers: Iterable[int]) -> Known:
        """With those of `numbers` that are not known yet, ascending, in the next places."""
        missing = self.missing(numbers)
        if not missing:
            return self
        if isinstance(missing, range):
            return self.block(missing, self._end)
        return self.more({number: place for place, number in enumerate(sorted(missing), self._end)})

    def _longer(self, shares: bool) -> Known:
        longer = Known()
        longer._places = self._places if shares else dict(islice(self._places.items(), self._count))
        longer._count, longer._end, longer._total = self._count, self._end, self._total
        longer._blocks, longer._stop = self._blocks, self._stop
        return longer


NONE = Known()
"""Of no numbers."""


def _without(numbers: range, known: range) -> list[range]:
    """What is left of a range without another."""
    if known.stop <= numbers.start or numbers.stop <= known.start:
        return [numbers]
    return [part for part in (range(numbers.start, known.start), range(known.stop, numbers.stop)) if part]
