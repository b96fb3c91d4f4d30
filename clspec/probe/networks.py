# pyright: standard
"""What there is to know of a classification network: which layer its classifier is, which sizes of images it takes."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import lru_cache
from importlib import import_module
from typing import Any

import torch
from torch import nn

from clspec.catalogue import Network, Stage
from clspec.nn.backbone import constants_to_buffers
from clspec.probe.errors import ProbeError
from clspec.probe.inside import buffer_bytes, parameters
from clspec.probe.meta import ELEMENTWISE, on_meta, quicken, run, undisturbed

Make = Callable[[int], Any]
"""Builds a network for a number of input channels."""
_POOLS = (nn.AvgPool2d, nn.MaxPool2d)
_STEPS = (1, 2, 4, 8, 16, 32, 64)
_SIDES = (*range(1, 41), 42, 44, 45, 48, 49, 52, 56, 57, 63, 64, 65, 72, 80, 96, 97, 127, 128, 160, 224)
_FEW_SIDES = (1, 2, 3, 4, 7, 8, 9, 15, 16, 17, 28, 31, 32, 33, 48, 64)
_MANY_MODULES = 2500
"""Networks with more modules than that are tried at few sides."""
_fixed_pools: dict[tuple[str, tuple[int, int]], tuple[str, int] | None] = {}
_surveyed: dict[tuple[str, tuple[int, int]], tuple[int | None, int]] = {}


@lru_cache(maxsize=64)
def describe_library(package: str, module: str, name: str) -> Network | None:
    """A network that no catalogue knows, from the function `name` of a module; None for what classifies no images.

    The sizes that it takes besides its own are not looked for. Raises ProbeError.
    """
    try:
        make = getattr(import_module(f"{package}.{module}"), name)
    except (ImportError, AttributeError) as error:
        raise ProbeError("import", f"{type(error).__name__}: {error}") from error
    return describe(module, lambda channels: make(in_channels=channels))


def describe(
    module: str,
    make: Make,
    size: tuple[int, int] | None = None,
    num_classes: int | None = None,
    channels: Sequence[int] = (3, 1, 4),
    survey: bool = False,
) -> Network | None:
    """A classification network as the catalogue holds it; None for what gives no scores for `num_classes` classes.

    `size` and `num_classes` default to what the network says of itself, `channels` are tried in order to see how its
    parameters depend on them. `survey` finds out which other sizes it takes. Raises ProbeError.
    """
    with undisturbed():
        net = _quick(make, channels[0])
        size, num_classes = size or getattr(net, "in_size", None), num_classes or getattr(net, "num_classes", None)
        if size is None or num_classes is None:
            return None
        drop = _classifier(net, (channels[0], *size), num_classes)
        if drop is None:
            return None
        others = {count: other for count in channels[1:] if (other := _or_none(make, count, size)) is not None}
        drop, width, ran, shapes = _without(net, drop, channels[0], size)
        key = (repr(net), size)  # many networks differ in nothing but their classifiers
        if key not in _fixed_pools:
            _fixed_pools[key] = _fixed_pool(make, drop, channels[0], size, width, _last_pool(net, ran, shapes))
        fixed = _fixed_pools[key]
        counts = _Counts(net, {channels[0]: net, **{count: _dropped(each, drop) for count, each in others.items()}})
        least, step = None, 1
        if survey:
            if key not in _surveyed:
                net = _quick(make, channels[0])
                _prepare(net, drop, fixed)
                _surveyed[key] = _sides(net, channels[0], size, width)
            least, step = _surveyed[key]
        whole = counts.of("")
        return Network(
            module=module,
            channels=None if others else channels[0],
            size=(size[0], size[1]),
            least=least,
            step=step,
            width=width,
            parameters=whole[0],
            per_channel=whole[1],
            buffer_bytes=buffer_bytes(net),
            drop=drop,
            pool=fixed and fixed[0],
            pool_size=fixed[1] if fixed else 1,
            weights=None,
            stages=tuple(_stages(net, counts, shapes)),
        )


def least_size(takes: Callable[[int], bool], start: int, end: int) -> int | None:
    """The first side from `start` on that is taken, among every one up to 8 further and rounder ones up to `end`."""
    tried = [*range(start + 1, start + 9), *range(start - start % 8 + 16, end, 8), end]
    return next((side for side in tried if start < side <= end and takes(side)), None)


def width_at(net: nn.Module, channels: int, size: tuple[int, int]) -> int | None:
    """The width of the flat features at an input size; None where the network cannot take it."""
    try:
        given = run(net, (channels, *size))
    except ProbeError:
        return None
    return given.flatten(1).shape[1] if isinstance(given, torch.Tensor) and given.dim() > 1 else None


# ---- building ------------------------------------------------------------------------------------------------------


def _quick(make: Make, channels: int) -> nn.Module:
    net = on_meta(lambda: make(channels))
    constants_to_buffers(net)
    quicken(net)
    return net


def _or_none(make: Make, channels: int, size: tuple[int, int]) -> nn.Module | None:
    """The network for other channels, None where it cannot be had or does not run."""
    try:
        net = _quick(make, channels)
        run(net, (channels, *size))
    except ProbeError:
        return None
    return net


def replace(net: nn.Module, path: str, new: nn.Module) -> None:
    """Puts another module at a dotted path."""
    parent, _, name = path.rpartition(".")
    setattr(net.get_submodule(parent), name, new)


def _dropped(net: nn.Module, drop: str) -> nn.Module:
    replace(net, drop, nn.Identity())
    return net


def _prepare(net: nn.Module, drop: str, pool: tuple[str, int] | None) -> None:
    replace(net, drop, nn.Identity())
    if pool is not None:
        adaptive = (
            nn.AdaptiveAvgPool2d if isinstance(net.get_submodule(pool[0]), nn.AvgPool2d) else nn.AdaptiveMaxPool2d
        )
        replace(net, pool[0], adaptive(pool[1]))


# ---- what runs -----------------------------------------------------------------------------------------------------


def _classifier(net: nn.Module, sizes: tuple[int, ...], num_classes: int) -> str | None:
    """The last leaf to run that has a weight of two dimensions or more and gives as many as there are classes.

    None where the network gives no scores for that many classes.
    """
    with _watching(net) as (ran, _):
        given = run(net, sizes)
    if not isinstance(given, torch.Tensor) or tuple(given.shape[1:]) != (num_classes,):
        return None
    return next((path for path in reversed(ran) if _classifies(net.get_submodule(path), num_classes)), None)


@contextmanager
def _watching(net: nn.Module) -> Iterator[tuple[list[str], dict[str, tuple[int, ...]]]]:
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


def _last_pool(net: nn.Module, ran: Sequence[str], shapes: dict[str, tuple[int, ...]]) -> tuple[str, int] | None:
    """The last pool of fixed size to run, and the side of the square that it gives."""
    path = next((path for path in reversed(ran) if isinstance(net.get_submodule(path), _POOLS)), None)
    sides = shapes.get(path or "", ())[1:]
    return (path, sides[0]) if path is not None and len(sides) == 2 and sides[0] == sides[1] else None


def _classifies(module: nn.Module, num_classes: int) -> bool:
    weight = getattr(module, "weight", None)
    return isinstance(weight, torch.Tensor) and weight.dim() >= 2 and weight.shape[0] == num_classes


def _without(
    net: nn.Module, drop: str, channels: int, size: tuple[int, int]
) -> tuple[str, int, list[str], dict[str, tuple[int, ...]]]:
    """Drops the classifier, or the least part around it without which the rest still runs.

    Returns its path, the width of the features, and what runs and what it gives. Raises ProbeError.
    """
    path = _with_activation(net, drop)
    while path:
        replace(net, path, nn.Identity())
        with _watching(net) as (ran, shapes):
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


# ---- which sizes fit -----------------------------------------------------------------------------------------------


def _fixed_pool(
    make: Make, drop: str, channels: int, size: tuple[int, int], width: int, last: tuple[str, int] | None
) -> tuple[str, int] | None:
    """The pool that has to become adaptive so that other sizes fit: the last one that ran, where that helps."""
    tried = (32, 33, 64, size[0] + 1, 2 * size[0])

    def fits(pool: tuple[str, int] | None) -> int:
        net = _quick(make, channels)
        _prepare(net, drop, pool)
        if width_at(net, channels, size) != width:
            return -1
        return sum(width_at(net, channels, (side, side)) == width for side in tried)

    return last if last is not None and fits(last) > fits(None) else None


def _sides(net: nn.Module, channels: int, size: tuple[int, int], width: int) -> tuple[int | None, int]:
    """The least side and the step of the sides that fit; (None, 1) where those tried are not told so."""

    def takes(height: int, width_: int) -> bool:
        return width_at(net, channels, (height, width_)) == width

    large = sum(1 for _ in net.modules()) > _MANY_MODULES
    sides = sorted({*(_FEW_SIDES if large else _SIDES), size[0] - 1, size[0], size[0] + 1, size[0] + 32})
    taken = {side for side in sides if takes(side, side)}
    for step in _STEPS:
        refused = [side for side in sides if side % step == 0 and side not in taken]
        least = min((side for side in taken if side > max(refused, default=0)), default=0)
        least = -(-least // step) * step
        if least and taken == {side for side in sides if side >= least and side % step == 0}:
            oblong = [(least, least + 3 * step), (least + 7 * step, least), (least + step, least + 2 * step)]
            return (least, step) if all(takes(*each) for each in oblong) else (None, 1)
    return None, 1


# ---- what it holds -------------------------------------------------------------------------------------------------


class _Counts:
    """Parameters as a fixed number and one for every input channel.

    Where they do not grow evenly with the channels, those of the first number of channels, and None.
    """

    def __init__(self, net: nn.Module, by_channels: dict[int, nn.Module]) -> None:
        self.net, self.by_channels = net, by_channels
        buffers = {buffer_bytes(each) for each in by_channels.values()}
        self.even = len(self._slopes("")) < 2 and len(buffers) == 1

    def of(self, path: str) -> tuple[int, int | None]:
        here = parameters(self.net.get_submodule(path))
        if not self.even:
            return here, None
        slope = next(iter(self._slopes(path)), 0)
        return here - int(next(iter(self.by_channels)) * slope), int(slope)

    def _slopes(self, path: str) -> set[float]:
        (first, here), *others = (
            (channels, parameters(each.get_submodule(path))) for channels, each in self.by_channels.items()
        )
        return {(here - count) / (first - channels) for channels, count in others}


def _stages(net: nn.Module, counts: _Counts, shapes: dict[str, tuple[int, ...]]) -> list[Stage]:
    """The children of the network, those of `features` in its place, in order of registration."""
    own = {name: each.numel() for name, each in net._parameters.items() if each is not None}
    found: list[Stage] = [Stage(name, 1, count, 0 if counts.even else None, None) for name, count in own.items()]
    for name, child in net.named_children():
        inner = dict(child.named_children()) if name == "features" and not child._parameters else {}
        for path, each in {f"{name}.{key}": value for key, value in inner.items()}.items() or [(name, child)]:
            units = len(list(each.children())) if path.rpartition(".")[2].startswith("stage") else 1
            found.append(Stage(path, units, *counts.of(path), shapes.get(path)))
    return found
