# pyright: standard
"""What the root of an adaptation remembers: its timeline and what stands still."""

from __future__ import annotations

import copy
import weakref
from dataclasses import dataclass, field
from typing import Any

from clspec.growth import Frozen, Timeline


@dataclass
class Memory:
    """Saved with the model, but for `seen`: the last experience itself, held weakly and never copied or pickled."""

    timeline: Timeline = field(default_factory=Timeline)
    frozen: Frozen = field(default_factory=Frozen)
    seen: weakref.ref[Any] | None = None

    def is_last(self, experience: object) -> bool:
        """Whether this very object is the experience of the last training adaptation."""
        return self.seen is not None and self.seen() is experience

    def see(self, experience: object) -> None:
        try:
            self.seen = weakref.ref(experience)
        except TypeError:  # an object with __slots__ and no place for weak references: its index tells repeats
            self.seen = None

    def copied(self) -> Memory:
        """A copy to work on, so that an adaptation that fails leaves the one before."""
        return Memory(copy.deepcopy(self.timeline), copy.deepcopy(self.frozen), self.seen)

    def __getstate__(self) -> dict[str, Any]:
        return {"timeline": self.timeline, "frozen": self.frozen, "seen": None}

    def to_json(self) -> dict[str, Any]:
        return {"timeline": self.timeline.to_json(), "frozen": sorted(map(list, self.frozen.parts.items()))}

    @classmethod
    def from_json(cls, saved: dict[str, Any]) -> Memory:
        return cls(Timeline.from_json(saved["timeline"]), Frozen(dict(saved["frozen"])))
