# pyright: standard
"""Layers with a way around them."""

from __future__ import annotations

from torch import Tensor, nn


class Residual(nn.Sequential):
    """x plus what its layers, one after the other, make of x: (batch, ...) -> the same shape.

    He et al. 2016, Deep Residual Learning for Image Recognition, CVPR.
    """

    def forward(self, x: Tensor) -> Tensor:  # pyright: ignore[reportIncompatibleMethodOverride]
        return x + super().forward(x)
