"""Small feature extractors, with the layers that Avalanche's models of the same names have before their classifier."""

from __future__ import annotations

from collections.abc import Sequence

from torch import Tensor, nn


class SimpleMLP(nn.Module):
    """Flattens, then `layers` times (linear, relu, dropout): (batch, ...) -> (batch, hidden)."""

    def __init__(self, input_size: int, hidden: int = 512, layers: int = 1, dropout: float = 0.5) -> None:
        super().__init__()
        steps: list[nn.Module] = []
        for layer in range(layers):
            steps += [nn.Linear(hidden if layer else input_size, hidden), nn.ReLU(inplace=True), nn.Dropout(p=dropout)]
        self.features = nn.Sequential(*steps)

    def forward(self, x: Tensor) -> Tensor:
        return self.features(x.flatten(start_dim=1))


class SimpleCNN(nn.Module):
    """Five convolutions and a global max pool: (batch, in_channels, height, width) -> (batch, 64)."""

    def __init__(self, in_channels: int = 3) -> None:
        super().__init__()
        self.features = nn.Sequential(
            nn.Conv2d(in_channels, 32, kernel_size=3, padding=1),
            nn.ReLU(inplace=True),
            nn.Conv2d(32, 32, kernel_size=3, padding=0),
            nn.ReLU(inplace=True),
            nn.MaxPool2d(kernel_size=2, stride=2),
            nn.Dropout(p=0.25),
            nn.Conv2d(32, 64, kernel_size=3, padding=1),
            nn.ReLU(inplace=True),
            nn.Conv2d(64, 64, kernel_size=3, padding=0),
            nn.ReLU(inplace=True),
            nn.MaxPool2d(kernel_size=2, stride=2),
            nn.Dropout(p=0.25),
            nn.Conv2d(64, 64, kernel_size=1, padding=0),
            nn.ReLU(inplace=True),
            nn.AdaptiveMaxPool2d(1),
            nn.Dropout(p=0.25),
        )

    def forward(self, x: Tensor) -> Tensor:
        return self.features(x).flatten(start_dim=1)


class MLP(nn.Module):
    """Flattens, then (linear, relu, dropout where there is any) for each size: (batch, ...) -> (batch, sizes[-1])."""

    def __init__(self, in_features: int, sizes: Sequence[int], dropout: float = 0.0) -> None:
        super().__init__()
        steps: list[nn.Module] = []
        for before, size in zip([in_features, *sizes], sizes, strict=False):
            steps += [nn.Linear(before, size), nn.ReLU(inplace=True)]
            if dropout > 0:
                steps.append(nn.Dropout(p=dropout))
        self.features = nn.Sequential(*steps)

    def forward(self, x: Tensor) -> Tensor:
        return self.features(x.flatten(start_dim=1))
