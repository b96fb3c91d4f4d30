# pyright: standard
"""The base of heads that hold one row a class: the bookkeeping, without the weights."""

from __future__ import annotations

from abc import abstractmethod
from array import array
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from functools import partial
from typing import Any, ClassVar

import torch
from torch import Tensor

from clspec.experience import Arrival
from clspec.growth import Event, PartState, Rows, Rule, on
from clspec.nn.bookmark import Appending
from clspec.nn.class_columns import decoded, encoded
from clspec.nn.dynamic import DynamicModule, counts
from clspec.nn.generation import Block
from clspec.nn.held_inside import HeldInside
from clspec.nn.labels import answer_dtype
from clspec.nn.report import Placed
from clspec.nn.seeding import untouched_rng

REACH = 100_000
"""How far a class id may lie beyond the number of known classes: a logit has the column of its class id."""


class Settled:
    """Counts how often any head was told to settle, for what is kept of heads elsewhere."""

    count: ClassVar[int] = 0


class GrowingHead(HeldInside, DynamicModule):
    """A head whose rows are `self.rows`: which class sits in which row, generation by generation.

    A kind writes `fit_parameters`, `redraw` and `forward`, which ends with `in_columns`. It may stand alone, inside a
    model whose plan says when it grows, or as a member of a per-task part.

    `index="class_id"`: the logit column is the class id. `index="compact"`: one column a row, in row order; `encode`
    gives the columns of classes, `decode` the classes of columns, and class ids have no bound. With a
    `reserve` there is always a multiple of so many columns.
    """

    PLAN: ClassVar[tuple[Rule, ...]] = (Rule(on.new_class, "expand", "", own=True),)
    HOLDS = "what it holds is in generations[i]"
    ADAPTS_ALONE = True
    CATCHES_UP = True
    SERIES = "generations"
    has_columns = True
    _like: Tensor

    def __init__(
        self,
        in_features: int,
        initial_out_features: int,
        *,
        masking: bool = True,
        mask_value: float = -1000,
        index: str = "class_id",
        reserve: int | None = None,
    ) -> None:
        super().__init__()
        if isinstance(initial_out_features, bool) or initial_out_features < 0:
            raise ValueError(f"initial_out_features must not be negative, as {initial_out_features!r} is")
        if index not in ("class_id", "compact"):
            raise ValueError(f'index must be "class_id" or "compact", not {index!r}')
        if reserve is not None and (isinstance(reserve, bool) or reserve < 1):
            raise ValueError(f"reserve must be at least 1, or None, not {reserve!r}")
        self.in_features, self.masking, self.mask_value = in_features, masking, mask_value
        self.rows = Rows.unclaimed(initial_out_features, index == "compact", reserve)
        self._fits = 0
        """So many of the first generations have their tensors, whatever else `fit_parameters` has to do."""
        self._announced: tuple[int, ...] = ()
        self._met = False  # whether classes have arrived, claimed or not
        self._drawn: dict[int, int] = {}  # how often a class's row was drawn from the seed
        self._width, self._places = self._arranged()
        self.register_buffer("_like", torch.empty(0), persistent=False)  # dtype and device of the first rows

    @abstractmethod
    def fit_parameters(self) -> None:
        """Makes the tensors match `self.rows`: keeps what fits, draws what is missing, drops what is too much."""

    @abstractmethod
    def redraw(self, generations: Collection[int] | None = None) -> None:
        """Draws the rows of some generations anew, in the tensors there are; None: all, and what they share."""

    # ---- columns

    @property
    def width(self) -> int:
        """The number of logit columns: what has a row or was announced."""
        return self._width

    def width_of(self, task: int) -> int:
        """The same, whatever the task."""
        del task
        return self._width

    def widest(self) -> int:
        return self._width

    def in_columns(self, scores: Tensor, answering: Tensor | None = None) -> Tensor:
        """(batch, rows) -> (batch, width): every row in its column, `mask_value` where there is none.

        `answering` (rows,) is False for rows that cannot answer yet: they hold `mask_value` too.
        """
        if answering is not None:
            scores = scores.masked_fill(~answering, self.mask_value)
        if self._places is None and scores.shape[1] == self.width:
            return scores
        answers = scores.new_full((scores.shape[0], self.width), self.mask_value)
        if self._places is None:
            return torch.cat([scores, answers[:, scores.shape[1] :]], dim=1)
        rows, columns = (place.to(scores.device) for place in self._places)
        return answers.index_copy(1, columns, scores.index_select(1, rows))

    def no_rows(self, x: Tensor) -> Tensor:
        """What a head without a single row answers: (batch, width) of `mask_value`."""
        return x.new_full((x.shape[0], self.width), self.mask_value, dtype=answer_dtype(x, self._like))

    def check_features(self, x: Tensor) -> None:
        """Raises ValueError for an input that is not (batch, in_features)."""
        if x.dim() != 2 or x.shape[1] != self.in_features:
            raise ValueError(
                f"{self._name}: the input must be (batch, {self.in_features}), not {tuple(x.shape)}"
                + ("; flatten or pool it first" if x.dim() > 2 else "")
            )

    def encode(self, targets: Tensor, task_labels: int | Tensor | None = None) -> Tensor:
        """Class ids -> the columns of their logits. Raises ValueError for a class that has none."""
        del task_labels  # a head for one task; per-task parts pass each of theirs its own
        return encoded(targets, self._column_classes(), self._name) if self.rows.compact else targets

    def decode(self, columns: Tensor, task_labels: int | Tensor | None = None) -> Tensor:
        """Columns of logits -> class ids. Raises ValueError for a column that no class has."""
        del task_labels
        return decoded(columns, self._column_classes(), self._name) if self.rows.compact else columns

    def _column_classes(self) -> list[int]:
        """The class of each compact column; those announced come after those with a row."""
        return [*(class_id for _, class_id in self.rows.answering), *self.rows.new(self._announced)]

    def linear_blocks(self) -> list[Block] | None:
        """Where the rows lie, in row order, of a head that is nothing but `x @ weight.T + bias`; None for any other."""
        return None

    # ---- growing

    def new_to(self, event: Event, arrival: Arrival) -> bool:
        return event == "new_class" and bool(self.rows.new(arrival.classes))

    def meet(self, arrival: Arrival) -> None:
        if not self._met and arrival.classes:
            self._met = True
            self._arrange()

    def expand(self, arrival: Arrival) -> Sequence[str]:
        """Gives every class met a row; the changes in words."""
        check_reach(arrival.classes, self.rows, self._name)
        rows, expansion = self.rows.expand(arrival.classes)
        if expansion is None:
            return ()
        self._take(rows)
        return expansion.words()

    def born_with(self, classes: Sequence[int], like: Tensor | None = None) -> None:
        """Starts over with exactly these classes, in the dtype and on the device of `like`."""
        self._take(self.rows.with_classes([]))
        check_reach(classes, self.rows, self._name)
        if like is not None:
            self._like = like.new_empty(0)
        self._take(self.rows.with_classes(classes))

    def announce(self, arrival: Arrival) -> None:
        check_reach(arrival.classes, self.rows, self._name)
        self._announced = tuple(sorted({*self._announced, *arrival.classes}))
        self._arrange()

    # ---- telling and saving

    def placed(self) -> list[Placed]:
        return _placed(self.rows)

    def _placing(self) -> Callable[[], list[Placed]]:
        return super()._placing() if type(self).placed is not GrowingHead.placed else partial(_placed, self.rows)

    def part_state(self) -> PartState:
        return PartState(*counts(self), rows=tuple(self.rows.generations))

    def growth_log(self) -> Any:
        return {**self.rows.to_json(), "met": self._met, "drawn": sorted(map(list, self._drawn.items()))}

    def forget_announced(self) -> None:
        self._announced = ()
        self._arrange()

    def regrow(self, log: Any) -> None:
        self._met = bool(log["met"])
        with untouched_rng():  # what is drawn here is overwritten by what is loaded
            self._take(Rows.from_json(log, self.rows.compact, self.rows.reserve))
        self._drawn = dict(log["drawn"])

    def _bookmark(self, arrival: Arrival) -> Appending:
        drawn = (
            {class_id: self._drawn.get(class_id, 0) for class_id in arrival.classes} if self._seed is not None else {}
        )
        return Appending(self, first=not self.rows.claimed, then=lambda: self._undraw(drawn))

    def _undraw(self, drawn: Mapping[int, int]) -> None:
        for class_id, times in drawn.items():
            self._drawn[class_id] = times
            if not times:
                del self._drawn[class_id]

    def times_drawn(self, class_id: int) -> int:
        """How often this class's row was drawn from the seed before; counts this time."""
        times = self._drawn.get(class_id, 0)
        self._drawn[class_id] = times + 1
        return times

    def _take(self, rows: Rows) -> None:
        self._fits = rows.in_common(self.rows)
        self.rows = rows
        self.fit_parameters()
        self._arrange()

    def settle(self) -> None:
        """Told when rows, columns or tensors have changed places, for what a kind keeps beside them."""
        Settled.count += 1

    def _arrange(self) -> None:
        self._width, self._places = self._arranged()
        self.settle()

    def _answering_columns(self) -> list[tuple[int, int]]:
        """(row, column) of what answers now."""
        hidden = self.masking and self._met and not self.rows.claimed
        return [] if hidden else self.rows.columns

    def _arranged(self) -> tuple[int, tuple[Tensor, Tensor] | None]:
        """Width, and (rows, columns) of what answers: None where row i is column i throughout."""
        width = self.rows.width_with(self._announced)
        hidden = self.masking and self._met and not self.rows.claimed
        if self.rows.in_order and not hidden:
            return width, None
        rows, columns = ((), ()) if hidden else self.rows.rows_and_columns()
        return width, (_index(rows), _index(columns))


def _placed(rows: Rows) -> list[Placed]:
    return [("", None, class_id, row) for row, class_id in rows.answering]


def _index(numbers: Iterable[int]) -> Tensor:
    packed = array("q", numbers)  # ten times as quick as a list of thousands
    return torch.frombuffer(packed, dtype=torch.long) if packed else torch.empty(0, dtype=torch.long)


def check_reach(classes: Iterable[int], rows: Rows, part: str) -> None:
    """Raises ValueError for a class id so high that its logits would be mostly empty columns."""
    new = () if rows.compact else rows.new(classes)
    known = rows.class_count + len(new)
    for class_id in new:
        if class_id > known + REACH:
            raise ValueError(
                f"{part}: class {class_id} is more than {REACH:,} columns past the {known} known classes; "
                'a logit has the column of its class id: renumber the classes, or use index="compact"'
            )
