# pyright: standard
"""Networks built on the meta device, and changed there as `clspec.nn.Backbone` changes them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import torch
from torch import nn

from clspec.nn.backbone import constants_to_buffers
from clspec.probe.errors import ProbeError
from clspec.probe.meta import on_meta, quicken, run

Make = Callable[[int], Any]
"""Builds a network for a number of input channels."""


@dataclass(frozen=True)
class Body:
    """A network without its classifier, which lies at `drop`: `width` features for images of its own size."""

    make: Make
    drop: str
    channels: int
    size: tuple[int, int]
    width: int

    def built(self, pool: tuple[str, int] | None) -> nn.Module:
        """The network, with the pool at a path made adaptive, which gives a square of this side."""
        net = dropped(quick(self.make, self.channels), self.drop)
        if pool is not None:
            fixed = net.get_submodule(pool[0])
            adaptive = nn.AdaptiveAvgPool2d if isinstance(fixed, nn.AvgPool2d) else nn.AdaptiveMaxPool2d
            replace(net, pool[0], adaptive(pool[1]))
        return net

    def taken(self, net: nn.Module, height: int, width: int) -> bool:
        """Whether a built network gives the same features for images of another size."""
        return width_at(net, self.channels, (height, width)) == self.width


def quick(make: Make, channels: int) -> nn.Module:
    net = on_meta(lambda: make(channels))
    constants_to_buffers(net)
    quicken(net)
    return net


def or_none(make: Make, channels: int, size: tuple[int, int]) -> nn.Module | None:
    """The network for other channels, None where it cannot be had or does not run."""
    try:
        net = quick(make, channels)
        run(net, (channels, *size))
    except ProbeError:
        return None
    return net


def replace(net: nn.Module, path: str, new: nn.Module) -> None:
    """Puts another module at a dotted path."""
    parent, _, name = path.rpartition(".")
    setattr(net.get_submodule(parent), name, new)


def dropped(net: nn.Module, drop: str) -> nn.Module:
    replace(net, drop, nn.Identity())
    return net


def width_at(net: nn.Module, channels: int, size: tuple[int, int]) -> int | None:
    """The width of the flat features at an input size; None where the network cannot take it."""
    try:
        given = run(net, (channels, *size))
    except ProbeError:
        return None
    return given.flatten(1).shape[1] if isinstance(given, torch.Tensor) and given.dim() > 1 else None
