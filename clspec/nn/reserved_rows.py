# pyright: standard
"""All rows of a head in one block of memory, with room for those to come: one shape for a compiled graph."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from typing import Any, NamedTuple

import torch
from torch import Tensor
from torch.nn import Parameter

from clspec.nn.wrappers import is_sharded


class ReservedRows(NamedTuple):
    """What a compiled forward reads instead of the generations, whose number it would be compiled for.

    weight (capacity, in_features) and bias (capacity,) or None hold the rows in row order, zeros behind them. They are
    the very memory of the generations' Parameters, so an optimizer's step shows here, and gradients go from here to
    those. rows (width,) is the row of each column, answers (width,) False where there is none.
    """

    weight: Tensor
    bias: Tensor | None
    rows: Tensor
    answers: Tensor

    def in_columns(self, scores: Tensor, mask_value: float) -> Tensor:
        """(batch, capacity) -> (batch, width), `mask_value` where no row answers."""
        return scores.index_select(1, self.rows).masked_fill(~self.answers, mask_value)


def reserve_rows(
    weights: Sequence[Parameter],
    biases: Sequence[Parameter],
    capacity: int,
    columns: Sequence[tuple[int, int]],
    width: int,
) -> ReservedRows | None:
    """Moves Parameters into one block each for weights and biases, unless they are there; `columns` is (row, column).

    The Parameters stay the same objects with the same values. None where they cannot lie together: there are none, they
    differ in dtype or device, or are sharded over ranks.
    """
    parts = [*weights, *biases]
    if not weights or len({(each.dtype, each.device) for each in parts}) > 1 or any(map(is_sharded, parts)):
        return None
    rows, answers = torch.zeros(width, dtype=torch.long), torch.zeros(width, dtype=torch.bool)
    for row, column in columns:
        rows[column], answers[column] = row, True
    device = weights[0].device
    bias = _joined(biases, capacity) if biases else None
    return ReservedRows(_joined(weights, capacity), bias, rows.to(device), answers.to(device))


def _joined(parts: Sequence[Parameter], capacity: int) -> Tensor:
    """The block that holds these Parameters, as autograd sees it: made of them."""
    block = _block_of(parts, capacity)
    if block is None:
        block = parts[0].detach().new_zeros((capacity, *parts[0].shape[1:]))
        start = 0
        for part in parts:
            place = block[start : start + len(part)]
            place.copy_(part.detach())
            part.data = place.data
            start += len(part)
    # All are edges of the graph, so that `unfreeze` needs no new one: autograd leaves out what is frozen by then.
    flags = [part.requires_grad for part in parts]
    with torch.enable_grad():
        for part in parts:
            part.requires_grad_(True)
        joined: Tensor = _Joined.apply(block, *parts)  # pyright: ignore[reportAssignmentType]
    for part, flag in zip(parts, flags, strict=True):
        part.requires_grad_(flag)
    return joined


def _block_of(parts: Sequence[Parameter], capacity: int) -> Tensor | None:
    """The block where these Parameters lie one behind the other, at its start and with room enough; None elsewhere."""
    storage, row = parts[0].untyped_storage(), parts[0][:1].numel() or 1
    starts = itertools.accumulate((part.numel() for part in parts), initial=0)
    for part, start in zip(parts, starts, strict=False):
        same = part.untyped_storage()._cdata == storage._cdata
        if not same or part.storage_offset() != start or not part.is_contiguous():
            return None
    if storage.nbytes() != capacity * row * parts[0].element_size():
        return None
    return parts[0].detach().as_strided((capacity, *parts[0].shape[1:]), (*[row] * (parts[0].dim() - 1), 1))


class _Joined(torch.autograd.Function):
    """The block as a function of the Parameters in it; it saves nothing, so many backward passes may use it."""

    @staticmethod
    def forward(ctx: Any, block: Tensor, *parts: Tensor) -> Tensor:
        ctx.sizes = [len(part) for part in parts]
        ctx.sizes.append(len(block) - sum(ctx.sizes))
        # A tensor of its own on the same memory: an optimizer's step in place would count as a change of a view.
        return block.new_empty(0).set_(block)  # pyright: ignore[reportArgumentType]  # a tensor will do

    @staticmethod
    def backward(ctx: Any, grad: Tensor) -> tuple[Tensor | None, ...]:  # pyright: ignore[reportIncompatibleMethodOverride]
        return (None, *grad.split(ctx.sizes)[:-1])
