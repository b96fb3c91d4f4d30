"""Vectors of length one."""

from __future__ import annotations

from torch import Tensor, nn
from torch.nn import functional


class Normalize(nn.Module):
    """x divided by its L2 norm along `dim`: same shape, same dtype. What is shorter than 1e-12 stays about zero.

    Dimension 1 holds the features of (batch, features) and the channels of (batch, channels, height, width).
    """

    def __init__(self, dim: int = 1) -> None:
        super().__init__()
        self.dim = dim

    def forward(self, x: Tensor) -> Tensor:
        return functional.normalize(x, dim=self.dim)

    def extra_repr(self) -> str:
        return f"dim={self.dim}"
