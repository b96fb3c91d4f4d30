# pyright: standard
"""The bottom layers of frozen columns side by side: as many products for all as for one."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, cast

import torch
from torch import Tensor, nn
from torch.nn import functional

from clspec.nn.derived_weights import DerivedWeights
from clspec.nn.inside import REGISTRATIONS
from clspec.nn.progressive_column import Column, ColumnLayer, LinearAdapter, MLPAdapter

_KINDS = (nn.Linear, nn.ModuleList, ColumnLayer, LinearAdapter, MLPAdapter)


class FrozenColumns:
    """What the first columns of a progressive network give at the bottom, where all are given the same input.

    Their weights lie side by side as long as they stand still, each adapter collapsed to what one input takes.
    """

    def __init__(self) -> None:
        self.weights = DerivedWeights()
        self._looked: tuple[Sequence[Tensor] | None, int] = (None, 0)
        self._inside: list[nn.Module] = []

    def answer(self, columns: Sequence[Column], first: int, x: Tensor) -> list[Tensor] | None:
        """(batch, in_features) -> (batch, hidden) of each of the `first` columns; None where each has to be run."""
        layers = [cast("ColumnLayer", column.layers[0]) for column in columns]
        if not layers or nn.modules.module._has_any_global_hook():
            return None
        made = self.weights.of([each for layer in layers for each in layer.tensors()], lambda: _side_by_side(layers))
        if made is None:
            return None
        made_of, registered = self._looked
        if made is not made_of or registered != REGISTRATIONS.count:
            self._inside = [module for layer in layers for module in layer.modules()]
            self._looked = made, REGISTRATIONS.count
        if not all(map(_is_plain, self._inside)):
            return None  # somebody would miss that a module was not called
        own, bias, *adapters = made
        width = len(own) // len(layers)
        hidden = functional.linear(x, own[: first * width], bias[: first * width])
        hidden = hidden.view(len(x), first, width).transpose(0, 1)
        if adapters and first > 1:
            reduce, reduce_bias, project, project_bias = adapters
            later = (first - 1) * width
            reduced = functional.relu(functional.linear(x, reduce[:later], reduce_bias[:later]))
            reduced = reduced.view(len(x), first - 1, width).transpose(0, 1)
            lateral = torch.baddbmm(project_bias[: first - 1], reduced, project[: first - 1])
            hidden = torch.cat([hidden[:1], hidden[1:] + lateral])
        return list(functional.relu(hidden).unbind())

    def __getstate__(self) -> dict[str, Any]:
        return {}

    def __setstate__(self, state: dict[str, Any]) -> None:
        self.__init__()


def _is_plain(module: nn.Module) -> bool:
    """Whether a module does what its class here does, and nobody looks on."""
    own = module.__dict__
    return type(module) in _KINDS and not (
        own["_forward_hooks"] or own["_forward_pre_hooks"]
        or own["_backward_hooks"] or own["_backward_pre_hooks"] or "forward" in own
    )  # fmt: skip


def _side_by_side(layers: Sequence[ColumnLayer]) -> list[Tensor]:
    """Weight (columns * hidden, in_features) and bias of the layers themselves, then of their adapters, if need be.

    Those of the adapters that are more than linear: weight ((columns - 1) * hidden, in_features) and bias up to the
    relu, then (columns - 1, hidden, hidden) and (columns - 1, 1, hidden).
    """
    weights: list[Tensor] = [layer.linear.weight for layer in layers]
    biases: list[Tensor] = [layer.linear.bias for layer in layers]
    adapters = [layer.adapter for layer in layers[1:]]
    linear = [each for each in adapters if isinstance(each, LinearAdapter)]
    for at, adapter in enumerate(linear, 1):
        weight, bias = adapter.summed()
        weights[at], biases[at] = weights[at] + weight, biases[at] + bias
    side_by_side = [torch.cat(weights), torch.cat(biases)]
    mlps = [each for each in adapters if isinstance(each, MLPAdapter)]
    if mlps:
        side_by_side += [
            torch.cat([each.scaled() for each in mlps]),
            torch.cat([each.reduce.bias for each in mlps]),
            torch.stack([each.project.weight.t() for each in mlps]),
            torch.stack([each.project.bias for each in mlps]).unsqueeze(1),
        ]
    return side_by_side
