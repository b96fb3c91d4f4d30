"""The smallest piece of a comparison: one thing that was so and is otherwise."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

Value = str | int | None


@dataclass(frozen=True)
class Fact:
    """What `name` was and is; None where it was not, or is no more."""

    name: str
    old: Value
    new: Value

    def __str__(self) -> str:
        if self.old is None:
            return f"+ {self.name} {spelled(self.new)}"
        if self.new is None:
            return f"- {self.name} {spelled(self.old)}"
        return f"{self.name} {spelled(self.old)} → {spelled(self.new)}" + self._by_how_much()

    def _by_how_much(self) -> str:
        if isinstance(self.old, int) and isinstance(self.new, int):
            return f" ({self.new - self.old:+,})"
        return ""

    def to_dict(self) -> dict[str, Any]:
        return {"name": self.name, "old": self.old, "new": self.new}


def differing(name: str, old: Value, new: Value) -> list[Fact]:
    """The fact that something changed; [] where it did not."""
    return [] if old == new else [Fact(name, old, new)]


def spelled(value: Value) -> str:
    return f"{value:,}" if isinstance(value, int) else value or ""
