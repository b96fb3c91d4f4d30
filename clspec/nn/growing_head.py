# pyright: standard
"""The base of heads that hold one row a class: the bookkeeping, without the weights."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Iterable, Sequence
from typing import Any, ClassVar

import torch
from torch import Tensor

from clspec.experience import Arrival
from clspec.growth import Event, PartState, Rows, Rule, on
from clspec.nn.dynamic import DynamicModule, counts
from clspec.nn.report import Placed
from clspec.nn.seeding import untouched_rng

REACH = 100_000
"""How far a class id may lie beyond the number of known classes: a logit has the column of its class id."""


class GrowingHead(DynamicModule):
    """A head whose rows are `self.rows`: which class sits in which row, generation by generation.

    A kind writes `fit_parameters`, `redraw` and `forward`. It may stand alone, inside a model whose plan says when it
    grows, or as a member of a per-task part.
    """

    PLAN: ClassVar[tuple[Rule, ...]] = (Rule(on.new_class, "expand", "", own=True),)
    ADAPTS_ALONE = True
    SERIES = "generations"

    def __init__(self, initial_out_features: int) -> None:
        super().__init__()
        if isinstance(initial_out_features, bool) or initial_out_features < 1:
            raise ValueError(f"initial_out_features must be at least 1, not {initial_out_features!r}")
        self.rows = Rows.unclaimed(initial_out_features)
        self._announced_width = 0
        self._like = torch.empty(0)  # what the first rows take dtype and device from

    @abstractmethod
    def fit_parameters(self) -> None:
        """Makes the parameters match `self.rows`: keeps what fits, draws what is missing, drops what is too much."""

    @abstractmethod
    def redraw(self) -> None:
        """Draws all rows anew, from the seed where there is one; the Parameters stay the same objects."""

    @property
    def width(self) -> int:
        """The number of logit columns: up to the highest class that has a row or was announced."""
        return max(self.rows.width, self._announced_width)

    def new_to(self, event: Event, arrival: Arrival) -> bool:
        return event == "new_class" and bool(self.rows.new(arrival.classes))

    def expand(self, arrival: Arrival) -> Sequence[str]:
        """Gives every class of the experience a row; the changes in words."""
        check_reach(arrival.classes, self.rows.classes, self._name)
        rows = Rows.from_json(self.rows.to_json())
        expansion = rows.expand(arrival.classes)
        if expansion is None:
            return ()
        self._take(rows)
        return expansion.words()

    def born_with(self, classes: Sequence[int], like: Tensor | None = None) -> None:
        """Starts over with exactly these classes, in the dtype and on the device of `like`."""
        check_reach(classes, (), self._name)
        self._like = self._like if like is None else like.new_empty(0)
        self._take(Rows.of([]))
        self._take(Rows.of(classes))

    def announce(self, arrival: Arrival) -> None:
        check_reach(arrival.classes, self.rows.classes, self._name)
        self._announced_width = max(self._announced_width, *(class_id + 1 for class_id in arrival.classes), 0)

    def placed(self) -> list[Placed]:
        return [("", None, column, row) for row, column in self.rows.columns]

    def part_state(self) -> PartState:
        return PartState(*counts(self), rows=tuple(tuple(generation) for generation in self.rows.generations))

    def growth_log(self) -> Any:
        return self.rows.to_json()

    def forget_announced(self) -> None:
        self._announced_width = 0

    def regrow(self, log: Any) -> None:
        with untouched_rng():  # what is drawn here is overwritten by what is loaded
            self._take(Rows.from_json(log))

    def _take(self, rows: Rows) -> None:
        self.rows = rows
        self.fit_parameters()


def check_reach(classes: Iterable[int], known: Iterable[int], part: str) -> None:
    """Raises ValueError for a class id so high that its logits would be mostly empty columns."""
    known_classes = set(known) | set(classes)
    for class_id in sorted(known_classes):
        if class_id > len(known_classes) + REACH:
            raise ValueError(
                f"{part}: class {class_id} is more than {REACH:,} columns past the {len(known_classes)} known classes; "
                'a logit has the column of its class id: renumber the classes, or use index="compact"'
            )
