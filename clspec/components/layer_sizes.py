"""What torch's layers hold, by arithmetic, and the networks made of them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from clspec.components.growing import NOTHING, Size
from clspec.ir.tensors import named


def linear_size(before: int, after: int, bias: bool = True) -> Size:
    return Size.of(named({"weight": (after, before)} | ({"bias": (after,)} if bias else {})))


def convolution_size(before: int, after: int, kernel: int) -> Size:
    return Size.of(named({"weight": (after, before, kernel, kernel), "bias": (after,)}))


def batch_norm_size(channels: int) -> Size:
    """Weight and bias; two running statistics, and torch's count of batches."""
    return normalizing_size(channels, "running_mean", "running_var", count="num_batches_tracked")


def normalizing_size(channels: int, *statistics: str, count: str) -> Size:
    """Weight and bias, running statistics in float32, and a count in int64."""
    each = (channels,)
    weights, running = named({"weight": each, "bias": each}), named(dict.fromkeys(statistics, each), "float32")
    return Size.of(weights, running, named({count: ()}, "int64"))


def convolved_size(before: int, after: int, kernel: int, groups: int = 1) -> Size:
    """A convolution without bias, and the batch-norm behind it."""
    return sequence_size([_bare(before // groups, after, kernel), batch_norm_size(after)])


def basic_block_size(before: int, after: int, projected: bool = False) -> Size:
    """Two 3 by 3 convolutions with batch-norm; the shortcut beside them holds nothing unless it is a projection."""
    convolutions = (_bare(before, after, 3), batch_norm_size(after), NOTHING, _bare(after, after, 3))
    shortcut = convolved_size(before, after, kernel=1) if projected else NOTHING
    return joined([("residual", sequence_size([*convolutions, batch_norm_size(after)])), ("shortcut", shortcut)])


def _bare(before: int, after: int, kernel: int) -> Size:
    return Size.of(named({"weight": (after, before, kernel, kernel)}))


def sequence_size(items: Iterable[Size]) -> Size:
    """Layers one after the other, as a Sequential names them."""
    return joined((str(number), size) for number, size in enumerate(items))


def joined(parts: Iterable[tuple[str, Size]]) -> Size:
    """What holds these parts, by their paths in it."""
    each = list(parts)
    known = all(size.tensors is not None for _, size in each)
    tensors = tuple(tensor.below(path) for path, size in each for tensor in size.tensors or ())
    return replace(sum((size for _, size in each), Size()), tensors=tensors if known else None)


def network_size(stages: Iterable[tuple[str, Size]]) -> Size:
    """A network of stages by their paths, in forward order, of which rules may freeze a share."""
    each = list(stages)
    return replace(joined(each), inside=tuple((path, size.parameters) for path, size in each))


def feature_steps(number: int) -> tuple[str, ...]:
    """The paths of the layers of a network that holds them in one Sequential called `features`."""
    return tuple(f"features.{step}" for step in range(number))


def features_size(steps: Iterable[Size]) -> Size:
    """The network whose `features` have these layers."""
    return network_size((f"features.{number}", size) for number, size in enumerate(steps))
