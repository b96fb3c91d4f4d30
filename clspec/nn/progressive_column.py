# pyright: standard
"""One column of a progressive network, with the lateral adapters that feed it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import cast

import torch
from torch import Tensor, nn
from torch.nn import functional


class LinearAdapter(nn.Module):
    """A linear layer for each earlier column, summed: `earlier` tensors (batch, in_features) -> (batch, hidden)."""

    def __init__(self, in_features: int, hidden: int, earlier: int) -> None:
        super().__init__()
        self.laterals = nn.ModuleList(nn.Linear(in_features, hidden) for _ in range(earlier))

    def forward(self, below: Sequence[Tensor]) -> Tensor:
        return torch.stack([lateral(x) for lateral, x in zip(self.laterals, below, strict=True)]).sum(0)

    def of_one_input(self, x: Tensor) -> Tensor:
        """The same where every earlier column gives x: one product instead of one a column."""
        return functional.linear(x, *self.summed())

    def tensors(self) -> list[Tensor]:
        return [getattr(lateral, name) for lateral in self.laterals for name in ("weight", "bias")]

    def summed(self) -> tuple[Tensor, Tensor]:
        """Weight (hidden, in_features) and bias (hidden,) for one input that all earlier columns give."""
        laterals = cast("list[nn.Linear]", list(self.laterals))
        weight, bias = (sum(getattr(lateral, name) for lateral in laterals) for name in ("weight", "bias"))
        return cast("Tensor", weight), cast("Tensor", bias)


class MLPAdapter(nn.Module):
    """Scales each earlier column by a learned number, then linear, relu, linear over all of them side by side.

    `earlier` tensors (batch, in_features) -> (batch, hidden).
    """

    def __init__(self, in_features: int, hidden: int, earlier: int) -> None:
        super().__init__()
        self.scales = nn.Parameter(torch.empty(earlier))
        self.reduce = nn.Linear(in_features * earlier, hidden)
        self.project = nn.Linear(hidden, hidden)
        self.reset_parameters()

    def reset_parameters(self) -> None:
        """Draws the scales anew; the linear layers draw themselves."""
        nn.init.normal_(self.scales)

    def forward(self, below: Sequence[Tensor]) -> Tensor:
        scaled = torch.cat([scale * x for scale, x in zip(self.scales.unbind(), below, strict=True)], dim=1)
        return self.project(functional.relu(self.reduce(scaled)))

    def of_one_input(self, x: Tensor) -> Tensor:
        """The same where every earlier column gives x: one product instead of one a column."""
        if torch.is_autocast_enabled(x.device.type):  # weights are not rounded before they are added up
            with torch.autocast(x.device.type, enabled=False):
                weight = self.scaled()
        else:
            weight = self.scaled()
        return self.project(functional.relu(functional.linear(x, weight, self.reduce.bias)))

    def tensors(self) -> list[Tensor]:
        return [self.scales, self.reduce.weight, self.reduce.bias, self.project.weight, self.project.bias]

    def scaled(self) -> Tensor:
        """What (hidden, in_features) reduces one input that all earlier columns give."""
        by_column = self.reduce.weight.view(len(self.reduce.weight), len(self.scales), -1)
        # Not `matmul`, which lays all of the weight out anew.
        return torch.bmm(self.scales.expand(len(by_column), 1, -1), by_column).squeeze(1)


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

    def tensors(self) -> list[Tensor]:
        """What a forward reads; sooner told than by torch's `parameters`."""
        own: list[Tensor] = [self.linear.weight, self.linear.bias]
        return own if self.adapter is None else own + self.adapter.tensors()

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
