# pyright: standard
"""What a network holds: parameters by its stages, and how they depend on the channels of its input."""

from __future__ import annotations

from collections.abc import Mapping

from torch import nn

from clspec.catalogue import Stage, Unit
from clspec.probe.inside import buffer_bytes, parameters


class Counts:
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


def stages_of(net: nn.Module, counts: Counts, shapes: Mapping[str, tuple[int, ...]]) -> list[Stage]:
    """The children of the network, those of `features` in its place, in order of registration."""
    own = {name: each.numel() for name, each in net._parameters.items() if each is not None}
    found: list[Stage] = [Stage(name, (), count, 0 if counts.even else None, None) for name, count in own.items()]
    for name, child in net.named_children():
        inner = dict(child.named_children()) if name == "features" and not child._parameters else {}
        for path, each in {f"{name}.{key}": value for key, value in inner.items()}.items() or [(name, child)]:
            units = _units(path, each, counts, shapes)
            found.append(Stage(path, units, *counts.of(path), shapes.get(path)))
    return found


def _units(path: str, module: nn.Module, counts: Counts, shapes: Mapping[str, tuple[int, ...]]) -> tuple[Unit, ...]:
    """The children of a stage. Where they share parameters, only torch tells whose they are."""
    if not counts.even or not path.rpartition(".")[2].startswith("stage"):
        return ()
    sizes = {name: counts.of(f"{path}.{name}") for name, _ in module.named_children()}
    units = [Unit(name, own, each or 0, shapes.get(f"{path}.{name}")) for name, (own, each) in sizes.items()]
    total = sum(unit.parameters for unit in units), sum(unit.per_channel for unit in units)
    return tuple(units) if total == counts.of(path) else ()
