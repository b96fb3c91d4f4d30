# pyright: standard
"""A linear classifier that gains rows for the classes it meets."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from itertools import accumulate
from typing import Any, Self, cast

import torch
from torch import Tensor, nn
from torch.nn import Parameter, functional

from clspec.experience import Arrival
from clspec.growth import ALIGNED, RETIRED, Rows
from clspec.nn.freezing import born_frozen
from clspec.nn.generation import Block, Generation, draw_rows, draw_seeded_rows
from clspec.nn.growing_head import GrowingHead
from clspec.nn.recompiling import note_graph, warn_of_limit
from clspec.nn.reserved_rows import ReservedRows, reserve_rows


class IncrementalClassifier(GrowingHead):
    """A linear classifier over the classes met so far: (batch, in_features) -> (batch, width), in the weights' dtype.

    The logit column is the class id; a column without a row holds `mask_value`, always. It is born with
    `initial_out_features` rows, which answer as classes 0, 1, ... until the first classes arrive and claim them. Each
    growth appends a generation, whose rows start as those of nn.Linear; what was there stays the same Parameter.
    Where classes have arrived and no rule let them claim the born rows, `masking=True` hides these rows behind
    `mask_value` and `masking=False` goes on showing them. `index="compact"`: one column a row (see GrowingHead).

    `reserve=N`: always N columns, or the next multiple of N once classes need it. Then torch.compile compiles one graph
    for all growth up to there: it reads the rows from one block of memory with room for N, in which the Parameters of
    the generations lie. Where these are assigned to through `.data`, call `train()` or `eval()` after it;
    `functional_call` inside a compiled function does not reach them.

    Raises ValueError for an input that is not (batch, in_features), and for a class id out of reach.
    """

    HOLDS = (
        "the parameters are generations[i].weight and generations[i].bias; set_rows({class: row}) writes single rows"
    )
    ONLY_APPENDS = True

    def __init__(
        self,
        in_features: int,
        initial_out_features: int = 2,
        masking: bool = True,
        mask_value: float = -1000,
        bias: bool = True,
        *,
        index: str = "class_id",
        reserve: int | None = None,
    ) -> None:
        super().__init__(
            in_features, initial_out_features, masking=masking, mask_value=mask_value, index=index, reserve=reserve
        )
        if initial_out_features < 1:
            raise ValueError(f"initial_out_features must be at least 1, not {initial_out_features!r}")
        self.has_bias = bias
        self.generations = nn.ModuleList()
        self._spare = initial_out_features  # so many rows may be retired, beside one a column
        self._reserved: ReservedRows | None = None
        self.register_load_state_dict_post_hook(_settle)
        self.fit_parameters()
        self.settle()

    @classmethod
    def from_linear(cls, linear: nn.Linear, mask_value: float = -1000) -> Self:
        """A head whose rows are a linear layer's, the very same Parameters, for classes 0 to out_features - 1."""
        head = cls(linear.in_features, 1, mask_value=mask_value, bias=linear.bias is not None)
        head._take(Rows.of(range(linear.out_features)))
        generation: Any = head.generations[0]
        generation.weight, generation.bias = linear.weight, linear.bias
        return head.train(linear.training)

    def forward(self, x: Tensor) -> Tensor:
        self.check_features(x)
        if torch.compiler.is_compiling() and not torch.compiler.is_exporting():
            reserved = self._reserved
            if reserved is not None:
                scores = self._measure(x, reserved.weight, reserved.bias)
                return reserved.in_columns(scores, self.mask_value)
            note_graph(self)
        if not len(self.generations):
            return self.no_rows(x)
        return self.in_columns(self._measure(x, *self._stacked()))

    def _measure(self, x: Tensor, weight: Tensor, bias: Tensor | None) -> Tensor:
        """(batch, in_features) against all rows -> (batch, rows); the one thing that a cosine head does otherwise."""
        return functional.linear(x, weight, bias)

    def linear_blocks(self) -> list[Block] | None:
        if type(self) is not IncrementalClassifier:  # one of a kind of its own may answer otherwise
            return None
        by_generation = [generation.blocks() for generation in self._all]
        blocks = [block for own in by_generation for block in own or ()]
        complete = all(own is not None for own in by_generation)
        return (
            blocks if complete and all((each.held[each.bias] is not None) == self.has_bias for each in blocks) else None
        )

    # ---- reading and writing rows

    @property
    def weight(self) -> Tensor:  # pyright: ignore[reportIncompatibleVariableOverride]
        """A copy (classes, in_features), one row a class in `class_map` order; write through `set_rows`."""
        if not len(self.generations):
            return self._like.new_empty((0, self.in_features))
        return self._in_order(self._stacked()[0])

    @property
    def bias(self) -> Tensor | None:
        """A copy (classes,), in `class_map` order; None for a head without biases."""
        if not self.has_bias:
            return None
        stacked = self._stacked()[1] if len(self.generations) else self._like.new_empty(0)
        return None if stacked is None else self._in_order(stacked)

    def set_rows(self, rows: Mapping[int, Any], bias: Mapping[int, Any] | None = None) -> None:
        """Writes the weights (in_features,), and the biases if given, of some classes. All or none are written.

        Raises ValueError for a class without a row, a row of another shape, and a bias where the head has none.
        """
        if bias is not None and not self.has_bias:
            raise ValueError(f"{self._name} has no biases to set")
        parameters = self._parameter_rows()
        row_of = {class_id: row for row, class_id in self.rows.answering}
        writes: list[tuple[Tensor, int, Tensor]] = []
        for given, which, shape in ((rows, 0, (self.in_features,)), (bias or {}, 1, ())):
            for class_id, value in given.items():
                if class_id not in row_of:
                    raise ValueError(f"{self._name}: class {class_id} has no row; the classes are {sorted(row_of)}")
                values = torch.as_tensor(value).detach()
                if values.shape != shape:
                    raise ValueError(
                        f"{self._name}: class {class_id} takes values of shape {shape}, not {tuple(values.shape)}"
                    )
                weight, biases, position = parameters[row_of[class_id]]
                target = weight if which == 0 else biases
                if target is not None:
                    writes.append((target, position, values))
        with torch.no_grad():
            for target, position, values in writes:
                target[position] = values.to(target)

    def extra_repr(self) -> str:
        classes = f"classes={self.rows.classes}" if self.rows.claimed else f"born={self.rows.born}"
        return f"in_features={self.in_features}, {classes}, bias={self.has_bias}, parameters in generations[i]"

    # ---- one shape for torch.compile

    def settle(self) -> None:
        super().settle()
        if self.rows.reserve == 1 or not hasattr(self, "generations"):
            return
        weights = [weight for generation in self._all for weight in generation.weights()]
        biases = [bias for generation in self._all for bias in generation.biases()]
        self._reserved = reserve_rows(
            weights, biases, self.rows.width + self._spare, self._answering_columns(), self.width
        )

    def train(self, mode: bool = True) -> Self:
        self.settle()  # where somebody assigned to `.data`
        return super().train(mode)

    def _apply(self, fn: Any, recurse: bool = True) -> Self:
        super()._apply(fn, recurse)
        self.settle()
        return self

    def __getstate__(self) -> dict[str, Any]:
        return {**vars(self), "_reserved": None}  # a copy has memory of its own

    def __setstate__(self, state: dict[str, Any]) -> None:
        super().__setstate__(state)
        self.settle()

    # ---- growing

    def fit_parameters(self) -> None:
        stand_still, generations = born_frozen(self.generations), self.generations  # a shared scale may train
        if len(generations) > self.rows.count:
            del generations[self.rows.count :]
        for index in range(self._fits, self.rows.count):
            classes = self.rows.generation(index)
            if index == len(generations):
                warn_of_limit(self, self._name)
                generations.append(Generation().train(self.training))
            generation = cast("Generation", generations[index])
            generation.fit(_names(classes), self.rows.born if index == 0 else len(classes), self._draw, stand_still)

    def redraw(self, generations: Collection[int] | None = None) -> None:
        names, parameters = _names(self.rows.flat), self._parameter_rows()
        for index, first, last in self._bounds():
            for row in range(first, last) if generations is None or index in generations else ():
                weight, bias, position = parameters[row]
                drawn, drawn_bias = self._draw(names[row : row + 1])
                with torch.no_grad():
                    weight[position] = drawn[0]
                    if bias is not None and drawn_bias is not None:
                        bias[position] = drawn_bias[0]

    def align(self, arrival: Arrival) -> Sequence[str]:
        """Weight alignment: scales the newest rows so that their mean norm is that of the older rows.

        Biases stay. Nothing where there are no older rows that answer for a class.

        Zhao et al. 2020, Maintaining Discrimination and Fairness in Class Incremental Learning, CVPR.
        """
        del arrival  # what was new before counts, not what arrives
        if not self.rows.alignable:
            return ()
        answering = [row for row, _ in self.rows.answering]
        first = self._bounds()[-1][1]
        norms = self._stacked()[0].detach().norm(dim=1)
        older = norms[[row for row in answering if row < first]].mean()
        newest = norms[[row for row in answering if row >= first]].mean()
        if newest > 0:  # rows of zeros have no direction to scale
            with torch.no_grad():
                for weight in self._all[-1].weights():
                    weight.mul_((older / newest).to(weight))
        return (ALIGNED,)

    @property
    def _all(self) -> list[Generation]:
        return cast("list[Generation]", list(self.generations))

    def _draw(self, classes: Sequence[int]) -> tuple[Tensor, Tensor | None]:
        """Fresh rows, in dtype and on the device of the newest there is."""
        newest_first = cast("Iterable[Generation]", reversed(self.generations._modules.values()))
        weights = (weight for generation in newest_first for weight in generation.weights()[-1:])
        newest = next(weights, None)
        like = self._like if newest is None else newest.detach()
        if self._seed is None:
            return draw_rows(like, self.in_features, len(classes), self.has_bias)
        keys = [(self._path, class_id, self.times_drawn(class_id)) for class_id in classes]
        return draw_seeded_rows(like, self.in_features, keys, self.has_bias, seed=self._seed)

    def _stacked(self) -> tuple[Tensor, Tensor | None]:
        """All rows, the retired too: weight (rows, in_features), bias (rows,) or None."""
        weights: list[Tensor] = [weight for generation in self._all for weight in generation.weights()]
        biases: list[Tensor] = [bias for generation in self._all for bias in generation.biases()]
        if len(weights) == 1:
            return weights[0], biases[0] if biases else None
        return torch.cat(weights), torch.cat(biases) if biases else None

    def _in_order(self, stacked: Tensor) -> Tensor:
        rows = torch.tensor([row for row, _ in self.rows.answering], dtype=torch.long, device=stacked.device)
        return stacked.detach().index_select(0, rows)

    def _bounds(self) -> list[tuple[int, int, int]]:
        """(generation, its first row, one past its last) of every generation."""
        ends = list(accumulate(len(generation) for generation in self.rows.generations))
        return [(index, first, last) for index, (first, last) in enumerate(zip([0, *ends], ends, strict=False))]

    def _parameter_rows(self) -> list[tuple[Parameter, Parameter | None, int]]:
        """(weight, bias, position in them) of every row, in row order."""
        return [
            (weight, bias, position)
            for generation in self._all
            for weight, bias in zip(generation.weights(), generation.biases() or [None, None], strict=False)
            for position in range(len(weight))
        ]


def _settle(head: Any, _: Any) -> None:
    head.settle()


def _names(classes: Sequence[int | None]) -> list[int]:
    """What each row is drawn for: its class, or the row's own number where it has none."""
    return [row if class_id is None or class_id == RETIRED else class_id for row, class_id in enumerate(classes)]
