# pyright: standard
"""Which layer of a network is its classifier, and what runs without it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import torch
from torch import nn

from clspec.probe.building import replace, width_at
from clspec.probe.errors import ProbeError
from clspec.probe.meta import ELEMENTWISE, run

_POOLS = (nn.AvgPool2d, nn.MaxPool2d)


def find_classifier(net: nn.Module, sizes: tuple[int, ...], num_classes: int) -> str | None:
    """The last leaf to run that has a weight of two dimensions or more and gives as many as there are classes.

    None where the network gives no scores for that many classes.
    """
    with watching(net) as (ran, _):
        given = run(net, sizes)
    if not isinstance(given, torch.Tensor) or tuple(given.shape[1:]) != (num_classes,):
        return None
    return next((path for path in reversed(ran) if _classifies(net.get_submodule(path), num_classes)), None)


@contextmanager
def watching(net: nn.Module) -> Iterator[tuple[list[str], dict[str, tuple[int, ...]]]]:
    """Inside, the paths of the submodules that ran are written down in order, and the sizes of what they gave."""
    ran: list[str] = []
    shapes: dict[str, tuple[int, ...]] = {}

    def hook(path: str) -> Any:
        def note(_module: nn.Module, _inputs: Any, output: Any) -> None:
            ran.append(path)
            shapes.pop(path, None)
            if isinstance(output, torch.Tensor):
                shapes[path] = tuple(output.shape[1:])

        return note

    handles = [module.register_forward_hook(hook(path)) for path, module in net.named_modules() if path]
    try:
        yield ran, shapes
    finally:
        for handle in handles:
            handle.remove()


def last_pool(net: nn.Module, ran: Sequence[str], shapes: dict[str, tuple[int, ...]]) -> tuple[str, int] | None:
    """The last pool of fixed size to run, and the side of the square that it gives."""
    path = next((path for path in reversed(ran) if isinstance(net.get_submodule(path), _POOLS)), None)
    sides = shapes.get(path or "", ())[1:]
    return (path, sides[0]) if path is not None and len(sides) == 2 and sides[0] == sides[1] else None


def _classifies(module: nn.Module, num_classes: int) -> bool:
    weight = getattr(module, "weight", None)
    return isinstance(weight, torch.Tensor) and weight.dim() >= 2 and weight.shape[0] == num_classes


def without(
    net: nn.Module, drop: str, channels: int, size: tuple[int, int]
) -> tuple[str, int, list[str], dict[str, tuple[int, ...]]]:
    """Drops the classifier, or the least part around it without which the rest still runs.

    Returns its path, the width of the features, and what runs and what it gives. Raises ProbeError.
    """
    path = _with_activation(net, drop)
    while path:
        replace(net, path, nn.Identity())
        with watching(net) as (ran, shapes):
            width = width_at(net, channels, size)
        if width is not None:
            return path, width, ran, shapes
        path = path.rpartition(".")[0]
    raise ProbeError("output", "it gives no flat features without its classifier")


def _with_activation(net: nn.Module, drop: str) -> str:
    """The block of the classifier where all else in it is its activation, which would write over the features."""
    block = drop.rpartition(".")[0]
    inside = net.get_submodule(block).modules() if block else ()
    rest = [each for each in inside if not list(each.children()) and each is not net.get_submodule(drop)]
    return block if rest and all(isinstance(each, ELEMENTWISE) for each in rest) else drop
