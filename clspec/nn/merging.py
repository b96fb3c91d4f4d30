# pyright: standard
"""One generation of many, where hundreds have piled up."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from itertools import groupby
from typing import TYPE_CHECKING, Any

import torch
from torch import Tensor, nn
from torch.nn import Parameter
from torch.optim import SGD

from clspec.growth import spell
from clspec.nn.curvature import CLEARED, start_over
from clspec.nn.freezing import hold_again
from clspec.nn.structure import items_of
from clspec.nn.undo import AllOrNothing
from clspec.nn.wrappers import refuse_wrapped

if TYPE_CHECKING:
    from clspec.nn.dynamic import DynamicModule
    from clspec.nn.growing_head import GrowingHead

_EXTRA = "extra_"
Alike = Callable[[Parameter], Any]


def merge_generations(model: nn.Module, roots: Mapping[str, DynamicModule], optimizer: Any = None) -> tuple[str, ...]:
    """Makes one generation of each run of neighbours that can be one, in every head; what was done, in words.

    Values, class map and outputs stay bit for bit; the Parameters are new ones. In the optimizer they take the place of
    the old, state concatenated. Generations stay apart where one Parameter could not carry on as they did: frozen next
    to training, in another group of the optimizer, or with another step count (Adam keeps one a tensor, so generations
    grown at different times differ; momentum alone merges). Where none can become one, the words say why. Without
    `optimizer`, build a new one afterwards: the old one would go on training Parameters that nobody uses. An error
    leaves model and optimizer as they were.
    """
    refuse_wrapped(model)
    merged: list[tuple[Parameter, list[Parameter]]] = []
    words: list[str] = []
    with AllOrNothing(model) as undo:
        undo.whole()
        memories = [(path, root, root._memory.copied()) for path, root in roots.items()]
        for _, _, memory in memories:
            memory.frozen.parts = dict(memory.frozen.parts)
        alike = _alike(optimizer)
        for path, head in list(model.named_modules()):
            if hasattr(head, "redraw"):
                words += _merge_head(path, head, alike, merged, memories)  # pyright: ignore[reportArgumentType]
        for _, root, memory in memories:
            root._memory = memory
            hold_again(root)
        if optimizer is not None:
            _replace(optimizer, merged)
    if start_over(optimizer, bool(merged)):
        words.append(CLEARED)
    return tuple(words)


def _merge_head(
    path: str,
    head: GrowingHead,
    alike: Alike,
    merged: list[tuple[Parameter, list[Parameter]]],
    memories: Sequence[tuple[str, DynamicModule, Any]],
) -> list[str]:
    name, items = items_of(head) or ("", [])
    likeness = [_likeness(item, alike) or at for at, item in enumerate(items)]
    runs = [list(run) for _, run in groupby(range(len(items)), key=likeness.__getitem__)]
    several = [run for run in runs if len(run) > 1 or (_in_two(items[run[0]]) and likeness[run[0]] != run[0])]
    where = path or "self"
    words: list[str] = []
    if len(runs) < len(items):
        words.append(f"{where}: {len(items)} generations merged into {len(runs)}")
    elif several:
        words.append(f"{where}: the rows it was born with and those of its first growth merged")
    if len(runs) == len(items) > 1:
        words.append(f"{where}: {len(items)} generations stay apart: {_why(items, alike)}")
    if not several:
        return words
    for run in several:
        merged += _merge_run([items[at] for at in run])
    head.rows = head.rows.merged(runs, whole=runs[0] in several)
    setattr(head, name, nn.ModuleList([items[run[0]] for run in runs]))
    head.settle()
    for outer, _, memory in memories:
        if not outer or f"{path}.".startswith(f"{outer}."):
            _renumber(memory.frozen.parts, f"{path[len(outer) :].strip('.')}.{name}.".lstrip("."), runs)
    return words


def _in_two(item: nn.Module) -> bool:
    """Whether its rows are in two parameters: those that the head was born with, and what the first growth added."""
    return any(name.startswith(_EXTRA) for name, _ in item.named_parameters())


def _likeness(item: nn.Module, alike: Alike) -> Any:
    """What neighbours must have in common to become one; None where not even its own parameters have it."""
    found = {(name.removeprefix(_EXTRA), alike(parameter)) for name, parameter in item.named_parameters()}
    return ("alike", frozenset(found)) if len({name for name, _ in found}) == len(found) else None


def _alike(optimizer: Any) -> Alike:
    groups = optimizer.param_groups if optimizer is not None else []
    group_of = {id(parameter): at for at, group in enumerate(groups) for parameter in group["params"]}

    def alike(parameter: Parameter) -> Any:
        state = {} if optimizer is None else optimizer.state.get(parameter, {})
        single = {(name, None if value is None else float(value)) for name, value in _single(state, parameter)}
        group = group_of.get(id(parameter), -1)
        kept = frozenset() if group >= 0 and _starts_at_zero(optimizer, groups[group]) else frozenset(state)
        return parameter.requires_grad, group, frozenset(single), kept

    return alike


def _starts_at_zero(optimizer: Any, group: Mapping[str, Any]) -> bool:
    """Whether no state and one of zeros come to the same: a momentum, of which the first gradient counts in full."""
    return type(optimizer) is SGD and not group["dampening"]


def _why(items: Sequence[nn.Module], alike: Alike) -> str:
    """In what the parameters of generations differ, none of which can become one with its neighbour."""
    found = [alike(parameter) for item in items for parameter in item.parameters()]
    frozen, groups, singles, states = (set(each) for each in zip(*found, strict=True))
    counts = sorted({float(value) for single in singles for name, value in single if name == "step"})
    reasons = {
        "some are frozen and some train": len(frozen) > 1,
        "the optimizer has them in several groups": len(groups) > 1,
        "the optimizer has a state of some only": len(states) > 1,
        f"the optimizer counts one number of steps for each, and they differ ({spell(list(map(int, counts)))})": (
            len(counts) > 1
        ),
        "what the optimizer keeps once for each differs": len(singles) > 1 and len(counts) < 2 and len(states) == 1,
    }
    return "; ".join(said for said, holds in reasons.items() if holds)


def _single(state: Mapping[str, Any], parameter: Parameter) -> list[tuple[str, Any]]:
    """What the optimizer keeps once a parameter, such as a step count."""
    return [(name, value) for name, value in state.items() if not _by_row(value, parameter)]


def _by_row(value: Any, parameter: Parameter) -> bool:
    return isinstance(value, Tensor) and value.shape == parameter.shape


def _merge_run(run: Sequence[nn.Module]) -> list[tuple[Parameter, list[Parameter]]]:
    """Puts all that the generations hold into the first of them; each new parameter with those it is made of."""
    merged: list[tuple[Parameter, list[Parameter]]] = []
    first = run[0]
    names = dict.fromkeys(name.removeprefix(_EXTRA) for name, _ in first.named_parameters())
    for name in names:
        old = [
            parameter
            for item in run
            for spelled in (name, _EXTRA + name)
            if isinstance(parameter := getattr(item, spelled, None), Parameter)
        ]
        if len(old) == 1:
            continue
        new = Parameter(torch.cat([parameter.detach() for parameter in old]), old[0].requires_grad)
        grads = [parameter.grad for parameter in old if parameter.grad is not None]
        new.grad = torch.cat(grads) if len(grads) == len(old) else None
        setattr(first, name, new)
        if getattr(first, _EXTRA + name, None) is not None:
            setattr(first, _EXTRA + name, None)
        merged.append((new, old))
    for name, _ in list(first.named_buffers()):
        setattr(first, name, torch.cat([item.get_buffer(name) for item in run]))
    return merged


def _renumber(frozen: dict[str, bool], prefix: str, runs: Sequence[Sequence[int]]) -> None:
    """Moves what was noted of each generation to the one that it is part of now."""
    noted = {at: frozen.pop(f"{prefix}{at}", None) for run in runs for at in run}
    for now, run in enumerate(runs):
        held = noted[run[0]]
        if held is not None:
            frozen[f"{prefix}{now}"] = held


def _replace(optimizer: Any, merged: Sequence[tuple[Parameter, list[Parameter]]]) -> None:
    """Puts the new parameters where the first of the old stood."""
    new_of = {id(old): (new, at) for new, olds in merged for at, old in enumerate(olds)}
    states = {new: joined for new, olds in merged if (joined := _joined(optimizer.state, olds))}
    for _, olds in merged:
        for old in olds:
            optimizer.state.pop(old, None)
    optimizer.state.update(states)
    for group in optimizer.param_groups:
        kept = [at for at, old in enumerate(group["params"]) if new_of.get(id(old), (old, 0))[1] == 0]
        if "param_names" in group:
            group["param_names"][:] = [group["param_names"][at] for at in kept]
        group["params"][:] = [new_of.get(id(group["params"][at]), (group["params"][at], 0))[0] for at in kept]


def _joined(states: Mapping[Parameter, Mapping[str, Any]], olds: Sequence[Parameter]) -> dict[str, Any]:
    """What the optimizer kept of several, as of one: zeros where it kept nothing yet."""
    holder = next((old for old in olds if states.get(old)), None)
    if holder is None:
        return {}
    return {
        name: torch.cat([states.get(old, {}).get(name, torch.zeros_like(old)) for old in olds])
        if _by_row(value, holder)
        else value
        for name, value in states[holder].items()
    }
