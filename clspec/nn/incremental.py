# pyright: standard
"""A linear classifier that gains rows for the classes it meets."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Self, cast

import torch
from torch import Tensor, nn
from torch.nn import Parameter, functional

from clspec.growth import RETIRED, Rows
from clspec.nn.freezing import born_frozen
from clspec.nn.generation import Generation, draw_rows, draw_seeded_rows
from clspec.nn.growing_head import GrowingHead
from clspec.nn.labels import answer_dtype


class IncrementalClassifier(GrowingHead):
    """A linear classifier over the classes met so far: (batch, in_features) -> (batch, width), in the weights' dtype.

    The logit column is the class id; a column without a row holds `mask_value`, always. It is born with
    `initial_out_features` rows, which answer as classes 0, 1, ... until the first classes arrive and claim them. Each
    growth appends a generation, whose rows start as those of nn.Linear; what was there stays the same Parameter.
    `masking=False` shows born rows that nothing has claimed yet beside claimed ones, which this version never leaves.

    Raises ValueError for an input that is not (batch, in_features), and for a class id out of reach.
    """

    def __init__(
        self,
        in_features: int,
        initial_out_features: int = 2,
        masking: bool = True,
        mask_value: float = -1000,
        bias: bool = True,
    ) -> None:
        super().__init__(initial_out_features)
        self.in_features, self.masking, self.mask_value = in_features, masking, mask_value
        self.has_bias = bias
        self.generations = nn.ModuleList()
        self._places: tuple[Tensor, Tensor] | None = None
        self.fit_parameters()

    @classmethod
    def from_linear(cls, linear: nn.Linear, mask_value: float = -1000) -> Self:
        """A head whose rows are a linear layer's, the very same Parameters, for classes 0 to out_features - 1."""
        head = cls(linear.in_features, 1, mask_value=mask_value, bias=linear.bias is not None)
        head._take(Rows.of(range(linear.out_features)))
        generation: Any = head.generations[0]
        generation.weight, generation.bias = linear.weight, linear.bias
        return head.train(linear.training)

    def forward(self, x: Tensor) -> Tensor:
        if x.dim() != 2 or x.shape[1] != self.in_features:
            raise ValueError(
                f"{self._name}: the input must be (batch, {self.in_features}), not {tuple(x.shape)}"
                + ("; flatten or pool it first" if x.dim() > 2 else "")
            )
        if not len(self.generations):
            return x.new_full((len(x), self.width), self.mask_value, dtype=answer_dtype(x, self._like))
        logits = functional.linear(x, *self._stacked())
        if self._places is None and logits.shape[1] == self.width:
            return logits
        answers = logits.new_full((logits.shape[0], self.width), self.mask_value)
        if self._places is None:
            return torch.cat([logits, answers[:, logits.shape[1] :]], dim=1)
        rows, columns = (place.to(logits.device) for place in self._places)
        return answers.index_copy(1, columns, logits.index_select(1, rows))

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
        row_of = {column: row for row, column in self.rows.columns}
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

    def __setattr__(self, name: str, value: Any) -> None:
        self._refuse(name)
        super().__setattr__(name, value)

    def register_parameter(self, name: str, param: Parameter | None) -> None:
        self._refuse(name)
        super().register_parameter(name, param)

    def extra_repr(self) -> str:
        classes = f"classes={self.rows.classes}" if self.rows.claimed else f"born={self.rows.born}"
        return f"in_features={self.in_features}, {classes}, bias={self.has_bias}, parameters in generations[i]"

    # ---- growing

    def fit_parameters(self) -> None:
        stand_still = born_frozen(self)
        layout = self.rows.generations
        del self.generations[len(layout) :]
        for index, classes in enumerate(layout):
            if index == len(self.generations):
                self.generations.append(Generation().train(self.training))
            born = self.rows.born if index == 0 else len(classes)
            self._all[index].fit(_names(classes), born, self._draw, stand_still)
        self._places = self._find_places()

    def redraw(self) -> None:
        names = _names(self.rows.flat)
        for row, (weight, bias, position) in enumerate(self._parameter_rows()):
            drawn, drawn_bias = self._draw(names[row : row + 1])
            with torch.no_grad():
                weight[position] = drawn[0]
                if bias is not None and drawn_bias is not None:
                    bias[position] = drawn_bias[0]

    @property
    def _all(self) -> list[Generation]:
        return cast("list[Generation]", list(self.generations))

    def _draw(self, classes: Sequence[int]) -> tuple[Tensor, Tensor | None]:
        """Fresh rows, in dtype and on the device of the newest there is."""
        weights = [weight for generation in self._all for weight in generation.weights()]
        like = weights[-1].detach() if weights else self._like
        if self._seed is None:
            return draw_rows(like, self.in_features, len(classes), self.has_bias)
        return draw_seeded_rows(like, self.in_features, classes, self.has_bias, seed=self._seed, path=self._path)

    def _stacked(self) -> tuple[Tensor, Tensor | None]:
        """All rows, the retired too: weight (rows, in_features), bias (rows,) or None."""
        weights: list[Tensor] = [weight for generation in self._all for weight in generation.weights()]
        biases: list[Tensor] = [bias for generation in self._all for bias in generation.biases()]
        if len(weights) == 1:
            return weights[0], biases[0] if biases else None
        return torch.cat(weights), torch.cat(biases) if biases else None

    def _in_order(self, stacked: Tensor) -> Tensor:
        rows = torch.tensor([row for row, _ in self.rows.columns], dtype=torch.long, device=stacked.device)
        return stacked.detach().index_select(0, rows)

    def _find_places(self) -> tuple[Tensor, Tensor] | None:
        """(rows, columns) of what answers; None where row i is class i throughout."""
        columns = self.rows.columns
        if columns == [(row, row) for row in range(len(self.rows.flat))]:
            return None
        rows, ids = [row for row, _ in columns], [column for _, column in columns]
        return torch.tensor(rows, dtype=torch.long), torch.tensor(ids, dtype=torch.long)

    def _parameter_rows(self) -> list[tuple[Parameter, Parameter | None, int]]:
        """(weight, bias, position in them) of every row, in row order."""
        return [
            (weight, bias, position)
            for generation in self._all
            for weight, bias in zip(generation.weights(), generation.biases() or [None, None], strict=False)
            for position in range(len(weight))
        ]

    def _refuse(self, name: str) -> None:
        if name in ("weight", "bias", "weight_orig", "bias_orig"):  # `_orig` is what torch's pruning would add
            raise AttributeError(
                f"{self._name}.{name} cannot be assigned, parametrized or pruned: the parameters are "
                "generations[i].weight and generations[i].bias; set_rows({class: row}) writes single rows"
            )


def _names(classes: list[int | None]) -> list[int]:
    """What each row is drawn for: its class, or the row's own number where it has none."""
    return [row if class_id is None or class_id == RETIRED else class_id for row, class_id in enumerate(classes)]
