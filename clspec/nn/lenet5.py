"""LeNet-5."""

from __future__ import annotations

from torch import Tensor, nn


class LeNet5(nn.Module):
    """Three convolutions and a linear layer: (batch, in_channels, height, width) -> (batch, 84).

    Images of 32 by 32 pixels or more. For up to 35 by 35 one value a channel is left behind the third convolution, and
    it gives what Avalanche's LeNet5 gives before its classifier; of larger images it takes the mean.

    LeCun et al. 1998, Gradient-Based Learning Applied to Document Recognition, Proceedings of the IEEE 86(11).
    """

    def __init__(self, in_channels: int = 3) -> None:
        super().__init__()
        self.features = nn.Sequential(
            nn.Conv2d(in_channels, 6, kernel_size=5),
            nn.Tanh(),
            nn.AvgPool2d(kernel_size=2),
            nn.Conv2d(6, 16, kernel_size=5),
            nn.Tanh(),
            nn.AvgPool2d(kernel_size=2),
            nn.Conv2d(16, 120, kernel_size=5),
            nn.Tanh(),
            nn.AdaptiveAvgPool2d(1),
            nn.Flatten(),
            nn.Linear(120, 84),
            nn.Tanh(),
        )

    def forward(self, x: Tensor) -> Tensor:
        return self.features(x)
