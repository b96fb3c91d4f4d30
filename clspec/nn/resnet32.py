"""The residual network of iCaRL and LUCIR."""

from __future__ import annotations

from torch import Tensor, nn
from torch.nn.functional import pad

from clspec.nn.convolution_blocks import BasicBlock, convolved

BLOCKS = 5
"""Blocks a stage."""


class ResNet32(nn.Module):
    """Three stages of five basic blocks, a global average pool: (batch, in_channels, height, width) -> (batch, 64).

    The image is halved twice. Shortcuts have no parameters. The last block has no relu, so features may be negative,
    as cosine and nearest-mean heads want them. What Avalanche's IcarlNet gives before its classifier.

    He et al. 2016, Deep Residual Learning for Image Recognition, arXiv:1512.03385; without the last relu in Rebuffi et
    al. 2017, iCaRL, arXiv:1611.07725, and Hou et al. 2019, Learning a Unified Classifier Incrementally via Rebalancing.
    """

    def __init__(self, in_channels: int = 3) -> None:
        super().__init__()
        self.stem = convolved(in_channels, 16, kernel=3)
        self.stage1 = nn.Sequential(*(BasicBlock(16, 16) for _ in range(BLOCKS)))
        self.stage2 = nn.Sequential(_halving(16), *(BasicBlock(32, 32) for _ in range(BLOCKS - 1)))
        self.stage3 = nn.Sequential(
            _halving(32), *(BasicBlock(64, 64) for _ in range(BLOCKS - 2)), BasicBlock(64, 64, rectified=False)
        )
        self.pool = nn.AdaptiveAvgPool2d(1)

    def forward(self, x: Tensor) -> Tensor:
        x = self.stage3(self.stage2(self.stage1(self.stem(x))))
        return self.pool(x).flatten(start_dim=1)


class PaddedShortcut(nn.Module):
    """Every second row and column, and as many channels of zeros: (batch, c, h, w) -> (batch, 2c, h / 2, w / 2).

    Half of the zeros stand before the channels, half behind them; sizes are rounded up.
    """

    def forward(self, x: Tensor) -> Tensor:
        beside = x.shape[1] // 2
        return pad(x[:, :, ::2, ::2], (0, 0, 0, 0, beside, beside))


def _halving(before: int) -> BasicBlock:
    return BasicBlock(before, 2 * before, stride=2, shortcut=PaddedShortcut())
