# pyright: standard
"""Merges: several tensors made one."""

from __future__ import annotations

import torch
from torch import Tensor, nn


class Concat(nn.Module):
    """(batch, f1, ...), (batch, f2, ...), ... -> (batch, f1 + f2 + ..., ...): side by side along `dim`.

    Raises RuntimeError, torch's, where another dimension differs.
    """

    def __init__(self, dim: int = 1) -> None:
        super().__init__()
        self.dim = dim

    def forward(self, *sources: Tensor) -> Tensor:
        return torch.cat(sources, dim=self.dim)

    def extra_repr(self) -> str:
        return f"dim={self.dim}"


class Add(nn.Module):
    """Tensors of one shape -> their sum. Raises ValueError where shapes differ: nothing is broadcast."""

    def forward(self, *sources: Tensor) -> Tensor:
        _judge_shapes(sources)
        total = sources[0]
        for source in sources[1:]:
            total = total + source
        return total


class Mean(nn.Module):
    """Tensors of one shape -> their mean. Raises ValueError where shapes differ: nothing is broadcast."""

    def forward(self, *sources: Tensor) -> Tensor:
        _judge_shapes(sources)
        return torch.stack(sources).mean(dim=0)


def _judge_shapes(sources: tuple[Tensor, ...]) -> None:
    shapes = [tuple(source.shape) for source in sources]
    if any(shape != shapes[0] for shape in shapes):
        raise ValueError(f"the sources must have one shape, not {' and '.join(map(str, shapes))}")
