# pyright: standard
"""What every submodule of a module gives and holds."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import torch
from torch import nn

from clspec.ir.construct import Construct
from clspec.ir.shapes import Shape, of_sizes
from clspec.ir.tensors import Tensor as NamedTensor
from clspec.ir.tensors import Tensors
from clspec.probe.errors import ProbeError
from clspec.probe.meta import BATCH, build, quicken, run, undisturbed


@dataclass(frozen=True)
class Probe:
    """A module as seen from outside, for inputs of the sizes asked for.

    `output` is what it gives for one sample. `gives` holds the submodules that ran and gave one tensor, in the order in
    which they were done, by path; `paths` all submodules, `ran` those without children that ran, in the order in which
    they first did. `inside` are the parameters (numbers) of what cannot be divided further: a module's own parameters,
    and modules without children, in the order in which they are registered. `tied` are the parameters (numbers) that
    have several names, with all of these; inside they are counted at the first. `tensors` are those of its state dict.
    It is `frozen` where it has parameters and none of them trains.
    """

    output: Shape
    gives: Mapping[str, Shape]
    paths: tuple[str, ...]
    ran: tuple[str, ...]
    inside: tuple[tuple[str, int], ...]
    tied: tuple[tuple[int, tuple[str, ...]], ...]
    parameters: int
    buffer_bytes: int
    frozen: bool
    tensors: Tensors


@lru_cache(maxsize=64)
def probe(construct: Construct, inputs: tuple[Shape, ...]) -> Probe:
    """Builds what `construct` builds and runs it once in eval mode. Raises ProbeError."""
    with undisturbed():
        net = build(construct)
        quicken(net)
        gives: dict[str, Shape] = {}
        ran: dict[str, None] = {}
        for path, module in net.named_modules():
            if path:
                module.register_forward_hook(_noting(gives, path))
                if not list(module.children()):
                    module.register_forward_hook(lambda *_, path=path: ran.setdefault(path))
        output = run(net, *(shape.sizes or () for shape in inputs))
    shape = shape_of(output)
    if shape is None:
        raise ProbeError("output", f"it gives {_shown(output)}")
    paths = tuple(path for path, _ in net.named_modules() if path)
    trains = [parameter.requires_grad for parameter in net.parameters()]
    frozen = bool(trains) and not any(trains)
    inside = tuple(_inside(net, set()))
    counts = parameters(net), buffer_bytes(net)
    return Probe(shape, gives, paths, tuple(ran), inside, _tied(net), *counts, frozen, tuple(saved_tensors(net)))


def shape_of(value: Any) -> Shape | None:
    """The shape of one sample where the value is one tensor of a batch, and of a kind that a part can read."""
    if not isinstance(value, torch.Tensor) or value.dim() == 0 or value.shape[0] != BATCH:
        return None
    return of_sizes(tuple(value.shape[1:]))


def parameters(module: nn.Module) -> int:
    """How many numbers are in the module's parameters."""
    return sum(parameter.numel() for parameter in module.parameters())


def buffer_bytes(module: nn.Module) -> int:
    """Bytes of the module's buffers."""
    return sum(buffer.numel() * buffer.element_size() for buffer in module.buffers())


def _noting(gives: dict[str, Shape], path: str) -> Any:
    def hook(_module: nn.Module, _inputs: Any, output: Any) -> None:
        shape = shape_of(output)
        gives.pop(path, None)  # one that runs twice stands where it ran last
        if shape is not None:
            gives[path] = shape

    return hook


def _inside(module: nn.Module, counted: set[nn.Parameter], prefix: str = "") -> list[tuple[str, int]]:
    """What cannot be divided further; parameters that several share are counted at the first of them."""
    own = {name: 0 if each in counted else each.numel() for name, each in module.named_parameters(recurse=False)}
    counted.update(module.parameters(recurse=False))
    children = list(module.named_children())
    if not children and prefix:
        return [(prefix, sum(own.values()))]
    lead = f"{prefix}." if prefix else ""
    found = [(lead + name, number) for name, number in own.items()]
    for name, child in children:
        found += _inside(child, counted, lead + name)
    return found


def _tied(net: nn.Module) -> tuple[tuple[int, tuple[str, ...]], ...]:
    names: dict[nn.Parameter, list[str]] = {}
    for name, parameter in net.named_parameters(remove_duplicate=False):
        names.setdefault(parameter, []).append(name)
    return tuple((parameter.numel(), tuple(each)) for parameter, each in names.items() if len(each) > 1)


def saved_tensors(net: nn.Module) -> Iterator[NamedTensor]:
    """The tensors of the state dict of a module, without asking it for any other state."""
    for path, module in net.named_modules(remove_duplicate=False):
        kept = {name: each for name, each in module._buffers.items() if name not in module._non_persistent_buffers_set}
        for name, each in (*module._parameters.items(), *kept.items()):
            if each is not None:
                held = "int64" if each.dtype == torch.int64 else "float32"
                holds = "parameter" if isinstance(each, nn.Parameter) else held
                yield NamedTensor(f"{path}.{name}".lstrip("."), tuple(each.shape), holds)


def _shown(value: Any) -> str:
    if isinstance(value, torch.Tensor):
        sizes = ("batch" if position == 0 and size == BATCH else str(size) for position, size in enumerate(value.shape))
        return f"a tensor of ({', '.join(sizes)})"
    return f"a {type(value).__name__}, not a tensor"
