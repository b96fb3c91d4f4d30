# pyright: standard
"""What the root of an adaptation remembers: its timeline and what stands still."""

from __future__ import annotations

import weakref
from collections.abc import Container, Sequence
from dataclasses import dataclass, field
from typing import Any

from torch import nn
from torch.nn import Parameter

from clspec.growth import Frozen, Timeline


@dataclass
class Memory:
    """Saved with the model, but for `seen`: the last experience itself, held weakly and never copied or pickled.

    `fed` are the targets of `observe` rules that were fed by hand since the last experience, `resets` counts how often
    a module was reset, `stale` are the parameters, by name, that a reset drew anew and whose state no optimizer that
    holds them was cleared of yet.
    """

    timeline: Timeline = field(default_factory=Timeline)
    frozen: Frozen = field(default_factory=Frozen)
    fed: list[str] = field(default_factory=list[str])
    resets: dict[str, int] = field(default_factory=dict[str, int])
    stale: list[str] = field(default_factory=list[str])
    seen: weakref.ref[Any] | None = None

    def is_last(self, experience: object) -> bool:
        """Whether this very object is the experience of the last training adaptation."""
        return self.seen is not None and self.seen() is experience

    def last_seen(self) -> Any:
        """The experience of the last training adaptation, None where it is gone."""
        return None if self.seen is None else self.seen()

    def see(self, experience: object) -> None:
        try:
            self.seen = weakref.ref(experience)
        except TypeError:  # an object with __slots__ and no place for weak references: its index tells repeats
            self.seen = None

    def times_reset(self, path: str) -> int:
        """How often the module at `path` has been reset, counting this time."""
        self.resets[path] = self.resets.get(path, 0) + 1
        return self.resets[path]

    def redrew(self, root: nn.Module, parameters: Sequence[Parameter]) -> None:
        """Remembers by name what a `reset` of this root drew anew."""
        drawn = set(map(id, parameters))
        if drawn:
            names = [name for name, parameter in root.named_parameters() if id(parameter) in drawn]
            self.stale = sorted({*self.stale, *names})

    def settle(self, root: nn.Module, held: Container[int]) -> list[Parameter]:
        """The stale parameters among those held (by id): they are stale no more, nor is what is gone."""
        parameters = dict(root.named_parameters()) if self.stale else {}
        there = [(name, parameters[name]) for name in self.stale if name in parameters]
        self.stale = [name for name, parameter in there if id(parameter) not in held]
        return [parameter for _, parameter in there if id(parameter) in held]

    def copied(self) -> Memory:
        """A copy to work on, so that an adaptation that fails leaves the one before."""
        frozen = Frozen(self.frozen.parts)
        return Memory(self.timeline.copied(), frozen, list(self.fed), dict(self.resets), self.stale, self.seen)

    def __getstate__(self) -> dict[str, Any]:
        return {**vars(self), "seen": None}

    def to_json(self) -> dict[str, Any]:
        return {
            "timeline": self.timeline.to_json(),
            "frozen": sorted(map(list, self.frozen.parts.items())),
            "fed": self.fed,
            "resets": sorted(map(list, self.resets.items())),
            "stale": self.stale,
        }

    @classmethod
    def from_json(cls, saved: dict[str, Any]) -> Memory:
        return cls(
            Timeline.from_json(saved["timeline"]),
            Frozen(dict(saved["frozen"])),
            saved["fed"],
            dict(saved["resets"]),
            saved.get("stale", []),
        )
