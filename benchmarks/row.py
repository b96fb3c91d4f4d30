"""One row of the table of `runtime.py`: a piece of work, who does it, and what is wanted."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from benchmarks.turns import Contestant, ratios

Contestants = Mapping[str, Contestant]
"""By "ours", "avalanche" and "floor"; the last two where the row compares with them."""


@dataclass(frozen=True)
class Row:
    """`faster` is how many times Avalanche's speed is wanted, `at_most` how many times the floor's seconds (or bytes).

    `floor` says what the floor is. `prepare` makes the contestants; `counted` stands where the floor is a count that a
    test asserts.
    """

    work: str
    prepare: Callable[[], Contestants]
    faster: float | None = None
    at_most: float | None = None
    floor: str = ""
    counted: str = ""

    def measure(self) -> Measured:
        found = ratios(self.prepare(), to="ours")
        reached = None if self.faster is None else found["avalanche"]
        cost = None if self.at_most is None else 1 / found["floor"]
        return Measured(self, reached, cost)


@dataclass(frozen=True)
class Measured:
    """What a row reached: times Avalanche's speed, times the floor."""

    row: Row
    reached: float | None
    cost: float | None

    @property
    def met(self) -> bool:
        faster = self.row.faster is None or (self.reached or 0) >= self.row.faster
        return faster and (self.row.at_most is None or (self.cost or 0) <= self.row.at_most)

    def __str__(self) -> str:
        row = self.row
        cells = [
            row.work,
            "–" if self.reached is None else f"{_digits(self.reached)}",
            "–" if row.faster is None else "never slower" if row.faster == 1 else f"≥ {row.faster:g}",
            row.counted or ("–" if self.cost is None else f"{_digits(self.cost)}"),
            "–" if row.at_most is None else f"≤ {row.at_most:g} × {row.floor}",
            "yes" if self.met else "**no**",
        ]
        return f"| {' | '.join(cells)} |"


def _digits(ratio: float) -> str:
    return f"{ratio:.2f}" if ratio < 10 else f"{ratio:.1f}" if ratio < 100 else f"{ratio:,.0f}"
