"""Steps that make an image fit a network."""

from __future__ import annotations

from torch import Tensor, nn
from torch.nn import functional


class Resize(nn.Module):
    """(batch, channels, any height, any width) -> (batch, channels, height, width), bilinear, without antialiasing.

    The corners of the outermost pixels stay the corners (`align_corners=False`), as torch's default is.
    """

    def __init__(self, height: int, width: int) -> None:
        super().__init__()
        self.height, self.width = height, width

    def forward(self, x: Tensor) -> Tensor:
        return functional.interpolate(x, size=(self.height, self.width), mode="bilinear")

    def extra_repr(self) -> str:
        return f"height={self.height}, width={self.width}"


class RepeatChannels(nn.Module):
    """(batch, channels, height, width) -> (batch, channels * times, height, width): all channels, then all again."""

    def __init__(self, times: int) -> None:
        super().__init__()
        self.times = times

    def forward(self, x: Tensor) -> Tensor:
        return x.repeat(1, self.times, 1, 1)

    def extra_repr(self) -> str:
        return f"times={self.times}"
