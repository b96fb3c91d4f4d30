# pyright: standard
"""Numbers for statistics and for the scores that are computed from them."""

from __future__ import annotations

import torch
from torch import Tensor


def exact(x: Tensor) -> Tensor:
    """x in float64, where sums of many samples and inverses stay accurate; in float32 on devices without it."""
    return x.to(torch.float32 if x.device.type == "mps" else torch.float64)


def at_least_single(x: Tensor) -> Tensor:
    """x in its own dtype, in float32 where that is a half one: distances of halves say little."""
    return x.to(torch.promote_types(x.dtype, torch.float32))


def above_mask(scores: Tensor, answering: Tensor, mask_value: float) -> Tensor:
    """(batch, rows), rows > 0: where even a sample's best score lies below half the mask value, all are raised alike.

    So the columns that hold the mask value never win. Order, differences and gradients of a sample's scores stay.
    `answering` (rows,) says which of them count.
    """
    best = scores.detach().masked_fill(~answering, -torch.inf).amax(dim=1, keepdim=True)
    return scores + (mask_value / 2 - best).clamp(min=0)
