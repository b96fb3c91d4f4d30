"""Pooling along a sequence, features last: torch's pools read the features first."""

from __future__ import annotations

from torch import Tensor, nn
from torch.nn import functional


class SequenceAvgPool(nn.Module):
    """The mean over the length: (batch, length, features) -> (batch, features).

    With `size` over windows of that many positions side by side, what is left over dropped:
    -> (batch, length // size, features).
    """

    def __init__(self, size: int | None = None) -> None:
        super().__init__()
        self.size = size

    def forward(self, x: Tensor) -> Tensor:
        if self.size is None:
            return x.mean(dim=1)
        return functional.avg_pool1d(x.transpose(1, 2), self.size).transpose(1, 2)

    def extra_repr(self) -> str:
        return f"size={self.size}"


class SequenceMaxPool(nn.Module):
    """The largest number of each feature over the length; shapes and `size` as in SequenceAvgPool."""

    def __init__(self, size: int | None = None) -> None:
        super().__init__()
        self.size = size

    def forward(self, x: Tensor) -> Tensor:
        if self.size is None:
            return x.amax(dim=1)
        return functional.max_pool1d(x.transpose(1, 2), self.size).transpose(1, 2)

    def extra_repr(self) -> str:
        return f"size={self.size}"
