# pyright: standard
"""A network that gains one column a task, each fed by all the columns before it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, ClassVar, Self, cast

from torch import Tensor, nn

from clspec.experience import Arrival
from clspec.growth import Event, Members, PartState, Rule, branching_words, on
from clspec.nn.dynamic import state_of
from clspec.nn.freezing import born_frozen
from clspec.nn.frozen_columns import FrozenColumns
from clspec.nn.labels import answer_dtype
from clspec.nn.multi_task import MultiTaskModule
from clspec.nn.progressive_column import ADAPTERS, Column, ColumnLayer
from clspec.nn.seeding import seeded, untouched_rng


class ProgressiveNetwork(MultiTaskModule):
    """Progressive columns: (batch, ...) with in_features numbers a sample, task labels -> features (batch, hidden).

    A column is `layers` times (linear, relu); each layer adds, through its lateral adapter, what the layer below gives
    in every earlier column. `adapter="linear"` sums one linear layer for each earlier column; "mlp" scales each by a
    learned number, then (linear, relu, linear) over all. One column is born with the part and answers as task 0 until
    the first task claims it; each later task appends one, in dtype and on the device of those there, and freezes the
    earlier ones, which then record nothing for the backward pass unless something before them trains. A sample is
    answered by its own task's column. A task that was announced but has no column gets zeros: features, no logits. Of
    several tasks that arrive in one experience each gets a column, and only the last of these trains. A copy of
    what frozen columns hold at the bottom is kept side by side: after writing to them through `.data`, call `train()`
    or `eval()`.

    Raises ValueError for an input of another width; errors as in MultiTaskModule. Dtype: the weights'.

    Rusu et al. 2016, Progressive Neural Networks, arXiv:1606.04671.
    """

    PLAN: ClassVar[tuple[Rule, ...]] = (
        Rule(on.new_task, "branch", "", own=True),
        Rule(on.new_task, "freeze", "[:-1]", own=True),
    )
    ADAPTS_ALONE = True
    CATCHES_UP = True
    SERIES = "columns"
    ONLY_APPENDS = True
    mask_value = 0.0

    def __init__(self, in_features: int, hidden: int = 100, layers: int = 2, adapter: str = "mlp") -> None:
        super().__init__()
        for name, number in (("in_features", in_features), ("hidden", hidden), ("layers", layers)):
            if number < 1:
                raise ValueError(f"{name} must be at least 1, not {number!r}")
        if adapter not in ADAPTERS:
            raise ValueError(f"adapter must be one of {', '.join(map(repr, ADAPTERS))}, not {adapter!r}")
        self.in_features, self.hidden, self.layers, self.adapter = in_features, hidden, layers, adapter
        self.tasks = Members()
        self._frozen = FrozenColumns()
        self.columns = nn.ModuleList([self._column(earlier=0)])

    def forward_single_task(self, x: Tensor, task_label: int) -> Tensor:
        flat = x.flatten(start_dim=1) if x.dim() > 2 else x
        if flat.dim() != 2 or flat.shape[1] != self.in_features:
            raise ValueError(
                f"{self._name}: the input must hold {self.in_features} numbers a sample, not {tuple(x.shape)}"
            )
        position = self.tasks.member(task_label)
        if position is None:
            return flat.new_zeros((flat.shape[0], self.hidden), dtype=answer_dtype(flat, self._like()))
        asked = self._asked(0, position)
        hidden = self._of_frozen(flat, len(asked)) if len(asked) > 1 else []
        hidden += [layer.of_one_input(flat) for layer in asked[len(hidden) :]]
        for depth in range(1, self.layers):
            asked = self._asked(depth, position)
            first = position + 1 - len(asked)
            hidden = [layer(hidden[i], hidden[:i]) for i, layer in enumerate(asked, start=first)]
        return hidden[-1]

    def known_tasks(self) -> tuple[int, ...]:
        return tuple(self.tasks.known)

    def _of_frozen(self, x: Tensor, asked: int) -> list[Tensor]:
        """What the first of `asked` columns give at the bottom, as far as all but the newest stand still."""
        earlier = cast("list[Column]", list(self.columns)[:-1])
        return self._frozen.answer(earlier, min(asked, len(earlier)), x) or []

    def train(self, mode: bool = True) -> Self:
        self._frozen.weights.forget()  # where somebody wrote through `.data`
        return super().train(mode)

    def _apply(self, fn: Any, recurse: bool = True) -> Self:
        super()._apply(fn, recurse)
        self._frozen.weights.forget()  # it writes through `.data`, and what moves back may come to lie where it lay
        return self

    def _asked(self, depth: int, position: int) -> list[ColumnLayer]:
        """The layers to run at one depth for the column at `position`: what others give at the top reaches nobody."""
        columns = cast("list[Column]", list(self.columns))[: position + 1]
        if depth == self.layers - 1:
            columns = columns[-1:]
        return [cast("ColumnLayer", column.layers[depth]) for column in columns]

    # ---- growing

    def new_to(self, event: Event, arrival: Arrival) -> bool:
        return event == "new_task" and bool(self.tasks.new(arrival.tasks))

    def branch(self, arrival: Arrival) -> Sequence[str]:
        """Gives every task met a column; the changes in words."""
        tasks, done = self.tasks.branch(arrival.tasks)
        for branching in done:
            if not branching.claimed:
                self._append()
        self.tasks = tasks
        return [branching_words(branching, (), "column") for branching in done]

    def _append(self) -> None:
        like, stand_still = self._like(), born_frozen(self)
        with seeded(self._seed, f"{self._path}.columns.{len(self.columns)}".strip(".")):
            column = self._column(earlier=len(self.columns))
        column.to(device=like.device, dtype=like.dtype).requires_grad_(not stand_still)
        self.columns.append(column.train(self.training))

    def _column(self, earlier: int) -> Column:
        return Column(self.in_features, self.hidden, self.layers, earlier, self.adapter)

    def _like(self) -> Tensor:
        """What new columns take dtype and device from."""
        return next(self.columns.parameters()).detach()

    # ---- telling

    def part_state(self) -> PartState:
        own = super().part_state()
        members = tuple(zip(self.tasks.tasks, map(state_of, self.columns), strict=True))
        return PartState(own.parameters, own.trainable, members=members)

    def growth_log(self) -> Any:
        return {"tasks": self.tasks.tasks}

    def regrow(self, log: Any) -> None:
        tasks = Members(list(log["tasks"]))
        del self.columns[len(tasks.tasks) :]
        with untouched_rng():  # what is drawn here is overwritten by what is loaded
            for _ in range(len(self.columns), len(tasks.tasks)):
                self._append()
        self.tasks = tasks
