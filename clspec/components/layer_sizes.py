"""What torch's layers hold, by arithmetic, and the networks made of them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from clspec.components.growing import Size


def linear_size(before: int, after: int) -> Size:
    return Size(after * (before + 1))


def convolution_size(before: int, after: int, kernel: int) -> Size:
    return Size(after * (before * kernel * kernel + 1))


def batch_norm_size(channels: int) -> Size:
    """Weight and bias; two running statistics in float32, and torch's count of batches in int64."""
    return Size(2 * channels, 2 * channels * 4 + 8)


def convolved_size(before: int, after: int, kernel: int, groups: int = 1) -> Size:
    """A convolution without bias, and the batch-norm behind it."""
    return Size(after * (before // groups) * kernel * kernel) + batch_norm_size(after)


def basic_block_size(before: int, after: int) -> Size:
    """Two 3 by 3 convolutions with batch-norm; the shortcut beside them is not counted."""
    return convolved_size(before, after, kernel=3) + convolved_size(after, after, kernel=3)


def network_size(stages: Iterable[tuple[str, Size]]) -> Size:
    """A network of stages by their paths, in forward order, of which rules may freeze a share."""
    named = list(stages)
    total = sum((size for _, size in named), Size())
    return replace(total, inside=tuple((path, size.parameters) for path, size in named))


def feature_steps(number: int) -> tuple[str, ...]:
    """The paths of the layers of a network that holds them in one Sequential called `features`."""
    return tuple(f"features.{step}" for step in range(number))


def features_size(steps: Iterable[Size]) -> Size:
    """The network whose `features` have these layers."""
    return network_size((f"features.{number}", size) for number, size in enumerate(steps))
