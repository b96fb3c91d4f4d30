"""MobileNet, the first."""

from __future__ import annotations

from torch import Tensor, nn

from clspec.nn.convolution_blocks import convolved

BLOCKS = (
    (64, 1), (128, 2), (128, 1), (256, 2), (256, 1), (512, 2), (512, 1), (512, 1), (512, 1), (512, 1), (512, 1),
    (1024, 2), (1024, 1),
)  # fmt: skip
"""(channels out, stride) of every depthwise separable block."""


class MobilenetV1(nn.Module):
    """13 depthwise separable blocks and a global average pool: (batch, in_channels, height, width) -> (batch, 1024).

    The image is halved five times. For 128 by 128 pixels, of which 4 by 4 are left, it gives what Avalanche's
    MobilenetV1 gives before its classifier.

    Howard et al. 2017, MobileNets: Efficient Convolutional Neural Networks for Mobile Vision Applications,
    arXiv:1704.04861.
    """

    def __init__(self, in_channels: int = 3) -> None:
        super().__init__()
        steps: list[nn.Module] = [convolved(in_channels, 32, kernel=3, stride=2)]
        channels = 32
        for wider, stride in BLOCKS:
            steps += [convolved(channels, channels, 3, stride, groups=channels), convolved(channels, wider, 1)]
            channels = wider
        self.features = nn.Sequential(*steps, nn.AdaptiveAvgPool2d(1))

    def forward(self, x: Tensor) -> Tensor:
        return self.features(x).flatten(start_dim=1)
