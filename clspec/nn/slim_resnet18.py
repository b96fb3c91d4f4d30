"""The slim ResNet-18 of GEM."""

from __future__ import annotations

from torch import Tensor, nn

from clspec.nn.convolution_blocks import BasicBlock, convolved


class SlimResNet18(nn.Module):
    """A ResNet-18 of few channels for small images: (batch, in_channels, height, width) -> (batch, 8 * features).

    Four stages of two basic blocks, of `features`, 2, 4 and 8 times `features` channels, and a global average pool. The
    image is halved three times. For 32 by 32 pixels, of which 4 by 4 are left, it gives what Avalanche's SlimResNet18
    gives before its classifier.

    Lopez-Paz and Ranzato 2017, Gradient Episodic Memory for Continual Learning, arXiv:1706.08840.
    """

    def __init__(self, in_channels: int = 3, features: int = 20) -> None:
        super().__init__()
        self.stem = convolved(in_channels, features, kernel=3)
        self.stage1 = nn.Sequential(BasicBlock(features, features), BasicBlock(features, features))
        self.stage2 = _halving_stage(features)
        self.stage3 = _halving_stage(2 * features)
        self.stage4 = _halving_stage(4 * features)
        self.pool = nn.AdaptiveAvgPool2d(1)

    def forward(self, x: Tensor) -> Tensor:
        x = self.stage4(self.stage3(self.stage2(self.stage1(self.stem(x)))))
        return self.pool(x).flatten(start_dim=1)


def _halving_stage(before: int) -> nn.Sequential:
    """Two blocks of twice the channels at half the size; the first one's shortcut is a projection."""
    after = 2 * before
    projection = nn.Sequential(nn.Conv2d(before, after, kernel_size=1, stride=2, bias=False), nn.BatchNorm2d(after))
    return nn.Sequential(BasicBlock(before, after, stride=2, shortcut=projection), BasicBlock(after, after))
