# pyright: standard
"""One column of a progressive network, with the lateral adapters that feed it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Self, cast

import torch
from torch import Tensor, nn
from torch.nn import functional

from clspec.nn.derived_weights import DerivedWeights


class LinearAdapter(nn.Module):
    """A linear layer for each earlier column, summed: `earlier` tensors (batch, in_features) -> (batch, hidden)."""

    def __init__(self, in_features: int, hidden: int, earlier: int) -> None:
        super().__init__()
        self.laterals = nn.ModuleList(nn.Linear(in_features, hidden) for _ in range(earlier))
        self._summed = DerivedWeights()

    def forward(self, below: Sequence[Tensor]) -> Tensor:
        return torch.stack([lateral(x) for lateral, x in zip(self.laterals, below, strict=True)]).sum(0)

    def of_one_input(self, x: Tensor) -> Tensor:
        """The same where every earlier column gives x: one product instead of one a column."""
        laterals = cast("list[nn.Linear]", list(self.laterals))
        parameters = [getattr(lateral, name) for name in ("weight", "bias") for lateral in laterals]
        weight, bias = self._summed.of(parameters, _summed)
        return functional.linear(x, weight, bias)

    def train(self, mode: bool = True) -> Self:
        self._summed.forget()
        return super().train(mode)


class MLPAdapter(nn.Module):
    """Scales each earlier column by a learned number, then linear, relu, linear over all of them side by side.

    `earlier` tensors (batch, in_features) -> (batch, hidden).
    """

    def __init__(self, in_features: int, hidden: int, earlier: int) -> None:
        super().__init__()
        self.scales = nn.Parameter(torch.empty(earlier))
        self.reduce = nn.Linear(in_features * earlier, hidden)
        self.project = nn.Linear(hidden, hidden)
        self._scaled = DerivedWeights()
        self.reset_parameters()

    def reset_parameters(self) -> None:
        """Draws the scales anew; the linear layers draw themselves."""
        nn.init.normal_(self.scales)

    def forward(self, below: Sequence[Tensor]) -> Tensor:
        scaled = torch.cat([scale * x for scale, x in zip(self.scales.unbind(), below, strict=True)], dim=1)
        return self.project(functional.relu(self.reduce(scaled)))

    def of_one_input(self, x: Tensor) -> Tensor:
        """The same where every earlier column gives x: one product instead of one a column."""
        (weight,) = self._scaled.of([self.reduce.weight, self.scales], _scaled)
        return self.project(functional.relu(functional.linear(x, weight, self.reduce.bias)))

    def train(self, mode: bool = True) -> Self:
        self._scaled.forget()
        return super().train(mode)


def _summed(parameters: Sequence[Tensor]) -> tuple[Tensor, ...]:
    """The weights, then as many biases -> the sum of each."""
    half = len(parameters) // 2
    return sum(parameters[1:half], parameters[0]), sum(parameters[half + 1 :], parameters[half])


def _scaled(parameters: Sequence[Tensor]) -> tuple[Tensor, ...]:
    """(hidden, in_features * earlier), (earlier,) -> (hidden, in_features): the columns' blocks times their scales."""
    weight, scales = parameters
    return (torch.matmul(scales, weight.view(len(weight), len(scales), -1)),)


Adapter = LinearAdapter | MLPAdapter

ADAPTERS: dict[str, Callable[[int, int, int], Adapter]] = {"linear": LinearAdapter, "mlp": MLPAdapter}
"""By the name that a ProgressiveNetwork takes; called with in_features, hidden and the number of earlier columns."""


class ColumnLayer(nn.Module):
    """relu(linear(own) + adapter(earlier)), the adapter only where there are earlier columns: -> (batch, hidden)."""

    def __init__(self, in_features: int, hidden: int, earlier: int, adapter: str) -> None:
        super().__init__()
        self.linear = nn.Linear(in_features, hidden)
        self.adapter = ADAPTERS[adapter](in_features, hidden, earlier) if earlier else None

    def forward(self, own: Tensor, below: Sequence[Tensor]) -> Tensor:
        """`own` is what the layer below gives in this column, `below` what it gives in each earlier one."""
        hidden = self.linear(own)
        return functional.relu(hidden if self.adapter is None else hidden + self.adapter(below))

    def of_one_input(self, x: Tensor) -> Tensor:
        """The bottom layer, where all columns are given the same x (batch, in_features)."""
        hidden = self.linear(x)
        return functional.relu(hidden if self.adapter is None else hidden + self.adapter.of_one_input(x))


class Column(nn.Module):
    """The layers of one column, which comes after `earlier` others; the network runs them layer by layer."""

    def __init__(self, in_features: int, hidden: int, layers: int, earlier: int, adapter: str) -> None:
        super().__init__()
        widths = [in_features, *[hidden] * (layers - 1)]
        self.layers = nn.ModuleList(ColumnLayer(width, hidden, earlier, adapter) for width in widths)
