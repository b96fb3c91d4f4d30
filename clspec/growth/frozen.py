"""What stands still."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass
class Frozen:
    """Which parts `freeze` holds, by dotted path; the nearest entry at or above a path decides for it.

    False stands for a part that trains inside a frozen one.
    """

    parts: dict[str, bool] = field(default_factory=dict[str, bool])

    def holds(self, path: str) -> bool:
        """Whether a part, or a parameter, of this path stands still."""
        while path:
            if path in self.parts:
                return self.parts[path]
            path = path.rpartition(".")[0]
        return self.parts.get("", False)

    def freeze(self, *paths: str) -> bool:
        """Holds parts with everything in them; whether that changed anything."""
        return sum([self._set(path, stand_still=True) for path in paths]) > 0

    def unfreeze(self, *paths: str) -> bool:
        """Lets parts with everything in them train again; whether that changed anything."""
        return sum([self._set(path, stand_still=False) for path in paths]) > 0

    def _set(self, path: str, stand_still: bool) -> bool:
        inside = [part for part in self.parts if not path or part == path or part.startswith(f"{path}.")]
        changed = self.holds(path) != stand_still or any(self.parts[part] != stand_still for part in inside)
        for part in inside:
            del self.parts[part]
        if self.holds(path) != stand_still:
            self.parts[path] = stand_still
        return changed
