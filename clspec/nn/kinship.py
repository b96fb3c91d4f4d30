# pyright: standard
"""Which parameters of a growing model are copies of one another, at other places of a series."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable, Iterable

SERIES = ("generations", "members", "columns", "laterals")
EXTRA = "extra_"

Place = tuple[int, ...]


class Kinship:
    """Names of parameters by family, in the order of their places."""

    def __init__(self, names: Iterable[str]) -> None:
        self._families: dict[str, list[tuple[Place, str]]] = {}
        for name in names:
            kind, place = family(name)
            self._families.setdefault(kind, []).append((place, name))
        for members in self._families.values():
            members.sort()

    def enter(self, name: str, held: Callable[[str], bool]) -> tuple[bool, str | None]:
        """Takes a name in: (whether anything in its family has an earlier place, the nearest of these that is held).

        The nearest is the latest, of the same member where it can be: the last one before it, as places are sorted.
        """
        kind, place = family(name)
        members = self._families.setdefault(kind, [])
        before = bisect_left(members, (place, ""))
        members.insert(bisect_left(members, (place, name), before), (place, name))
        for at in range(before - 1, -1, -1):
            if held(members[at][1]):
                return True, members[at][1]
        return before > 0, None


def family(name: str) -> tuple[str, Place]:
    """A name without its place, and the place: `a.generations.1.weight` -> `a.generations.*.weight`, (1, 0)."""
    segments = name.split(".")
    place: list[int] = []
    for index in range(1, len(segments) - 1):
        if segments[index - 1] in SERIES and segments[index].isdigit():
            place.append(int(segments[index]))
            segments[index] = "*"
    place.append(int(segments[-1].startswith(EXTRA)))
    segments[-1] = segments[-1].removeprefix(EXTRA)
    return ".".join(segments), tuple(place)
