"""A model at a moment, as plain data."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True)
class PartState:
    """One part of a model at one moment: what tables and diagrams show, from a live model or from the forecast.

    `rows` are the classes of a head's generations (None: unclaimed, RETIRED: retired); None: no head.
    `members` pair each task (None: the born member, unclaimed) with its member's state; None: no members.
    `parameters` and `trainable` count this part with everything inside it.
    """

    parameters: int
    trainable: int
    rows: tuple[Sequence[int | None], ...] | None = None
    members: tuple[tuple[int | None, PartState], ...] | None = None

    @property
    def state(self) -> Literal["fixed", "frozen", "part frozen", "trains"]:
        """`fixed` has nothing to train."""
        if self.parameters == 0:
            return "fixed"
        if self.trainable == 0:
            return "frozen"
        return "trains" if self.trainable == self.parameters else "part frozen"


Snapshot = Mapping[str, PartState]
"""The state of every part by its dotted path; "" is the whole model."""
