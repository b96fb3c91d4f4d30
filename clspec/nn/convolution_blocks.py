"""What convolutional backbones are built of."""

from __future__ import annotations

from torch import Tensor, nn


def convolved(before: int, after: int, kernel: int, stride: int = 1, groups: int = 1) -> nn.Sequential:
    """Convolution, batch-norm, relu: (batch, before, height, width) -> (batch, after, height / stride, width / stride).

    `kernel` is odd; sizes are rounded up.
    """
    return nn.Sequential(
        nn.Conv2d(before, after, kernel, stride, padding=kernel // 2, groups=groups, bias=False),
        nn.BatchNorm2d(after),
        nn.ReLU(inplace=True),
    )


class BasicBlock(nn.Module):
    """Two 3 by 3 convolutions with batch-norm, added to a shortcut, then a relu unless `rectified` is false.

    (batch, before, height, width) -> (batch, after, height / stride, width / stride), rounded up; the shortcut (none:
    the input itself) has to give that too. He et al. 2016, Deep Residual Learning for Image Recognition,
    arXiv:1512.03385.
    """

    def __init__(
        self, before: int, after: int, stride: int = 1, shortcut: nn.Module | None = None, *, rectified: bool = True
    ) -> None:
        super().__init__()
        self.residual = nn.Sequential(
            nn.Conv2d(before, after, kernel_size=3, stride=stride, padding=1, bias=False),
            nn.BatchNorm2d(after),
            nn.ReLU(inplace=True),
            nn.Conv2d(after, after, kernel_size=3, padding=1, bias=False),
            nn.BatchNorm2d(after),
        )
        self.shortcut = nn.Identity() if shortcut is None else shortcut
        self.relu = nn.ReLU(inplace=True) if rectified else nn.Identity()

    def forward(self, x: Tensor) -> Tensor:
        return self.relu(self.residual(x) + self.shortcut(x))
