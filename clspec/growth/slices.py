"""Slices of what a part grew: `head[:-1]`, `heads[0][-1]`."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Slice:
    """One `[...]` of a target, over what a part grew: `[i]` (single) or `[first:last]`, as Python counts."""

    first: int | None
    last: int | None = None
    single: bool = False

    def of(self, length: int) -> range:
        """The positions that it picks out of so many; none where it is out of range."""
        if not self.single:
            return range(*slice(self.first, self.last).indices(length))
        position = (self.first or 0) % length if length and -length <= (self.first or 0) < length else length
        return range(position, min(position + 1, length))


_SLICES = re.compile(r"(\[(-?\d+|-?\d*:-?\d*)\])*")
_SLICE = re.compile(r"\[(-?\d*)(:?)(-?\d*)\]")


def parse_slices(target: str) -> tuple[Slice, ...]:
    """The slices at the end of a target. Raises ValueError for what is none: `head[1:2:3]`, `head[x]`."""
    written = target[len(target.partition("[")[0]) :]
    if not _SLICES.fullmatch(written):
        raise ValueError(f"{target}: a slice is [i] or [first:last] with whole numbers")
    return tuple(
        Slice(int(first) if first else None, int(last) if last else None, single=not colon)
        for first, colon, last in _SLICE.findall(written)
    )


@dataclass(frozen=True)
class Series:
    """What a part has grown so far: items `<path>.<name>.<i>`, each with a series of its own or None."""

    name: str
    items: tuple[Series | None, ...]


def sliced(path: str, series: Series | None, slices: Sequence[Slice]) -> list[str]:
    """The paths that slices of the part at `path` reach now; the part itself where there are no slices.

    An item stands for all that is in it, so freezing a member holds for what that member grows later.
    """
    if not slices:
        return [path]
    if series is None:
        return []
    return [
        found
        for position in slices[0].of(len(series.items))
        for found in sliced(f"{path}.{series.name}.{position}".strip("."), series.items[position], slices[1:])
    ]
