"""What stands still."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field


@dataclass
class Frozen:
    """Which parts `freeze` holds, by dotted path; the nearest entry at or above a path decides for it.

    False stands for a part that trains inside a frozen one.
    """

    parts: dict[str, bool] = field(default_factory=dict[str, bool])

    def holds(self, path: str) -> bool:
        """Whether a part, or a parameter, of this path stands still."""
        return next((self.parts[each] for each in _upwards(path) if each in self.parts), False)

    def parts_at(self, path: str) -> set[bool]:
        """What holds for a part and for all inside it: one value, or both."""
        below = f"{path}.".lstrip(".")
        return {self.holds(path)} | {still for each, still in self.parts.items() if each.startswith(below)}

    def freeze(self, *paths: str) -> bool:
        """Holds parts with everything in them; whether that changed anything."""
        return self._set(paths, stand_still=True)

    def unfreeze(self, *paths: str) -> bool:
        """Lets parts with everything in them train again; whether that changed anything."""
        return self._set(paths, stand_still=False)

    def _set(self, paths: Sequence[str], stand_still: bool) -> bool:
        # One pass over all entries: a thousand columns are frozen in one go, at every task.
        inside: dict[str, list[str]] = {path: [] for path in paths}
        for part in dict.fromkeys([*self.parts, *paths]):
            for above in _upwards(part):
                if above in inside:
                    inside[above].append(part)
        changed = False
        self.parts = dict(self.parts)  # the entries before stay with whoever holds them
        for path in paths:
            changed |= self.holds(path) != stand_still
            for part in inside[path]:
                changed |= self.parts.pop(part, stand_still) != stand_still
            if self.holds(path) != stand_still:
                self.parts[path] = stand_still
        return changed


def _upwards(path: str) -> Iterator[str]:
    """A path and all those above it, up to that of the model, which is empty."""
    yield path
    while path:
        path = path.rpartition(".")[0]
        yield path
