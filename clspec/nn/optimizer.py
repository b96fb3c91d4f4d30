# pyright: standard
"""Bringing an optimizer up to date with a grown model: what it holds stays held, once, with its state.

Parameters are only ever appended to `group["params"]`: a new one joins the group of its nearest relative, the parameter
of the same name in an earlier generation or, where there is none, in an earlier member.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import takewhile
from typing import Any

from torch import nn
from torch.nn import Parameter

from clspec.nn.memory import Memory

_SERIES = ("generations", "members", "columns", "laterals")
_EXTRA = "extra_"


@dataclass(frozen=True)
class Joining:
    """One parameter and the group it is to join; `named` is what the optimizer will call it, None without names."""

    parameter: Parameter
    group: int
    named: str | None


def update_optimizer(
    model: nn.Module,
    optimizer: Any,
    fresh: Collection[str] = (),
    group: int | None = None,
    redrawn: Iterable[Parameter] = (),
) -> tuple[str, ...]:
    """Adds what the model grew and the optimizer lacks; returns the names of grown parameters left out.

    `fresh` are the names of parameters that are new since the last call, `group` the index of a group for them,
    `redrawn` parameters whose state is to be cleared, as is that of what a reset drew anew without this optimizer.
    Everything is decided before anything is added: an error leaves the optimizer as it was. Raises ValueError where the
    optimizer holds none of the model's parameters or has no such group, TypeError for a group that is no int.
    """
    parameters = dict(model.named_parameters())
    groups = _held_groups(optimizer)
    held = {name: groups[id(parameter)] for name, parameter in parameters.items() if id(parameter) in groups}
    if parameters and not held:
        raise ValueError(
            "the optimizer holds none of the model's parameters: pass the optimizer that trains this model, "
            "or build it over model.parameters() first"
        )
    if group is not None and (isinstance(group, bool) or not hasattr(group, "__index__")):
        raise TypeError(f"optimizer_group={group!r}: the index of a group is an int, not a {type(group).__name__}")
    if group is not None and not 0 <= group < len(optimizer.param_groups):
        raise ValueError(f"optimizer_group={group}: the optimizer has groups 0 to {len(optimizer.param_groups) - 1}")
    joining: list[Joining] = []
    left_out: list[str] = []
    expected = {*fresh, *_noted(model)}
    missing = [name for name in parameters if name not in held and (name in expected or is_grown(name, model))]
    origins = {name: name for name in held}  # what has or gets a place -> the held parameter that it owes it to
    for name in missing:
        nearest = nearest_relative(name, held, parameters, origins)
        relative = None if nearest is None else origins[nearest]
        if name in fresh and group is not None:
            chosen = group
        elif relative is None:
            left_out.append(name)
            continue
        else:
            chosen = held[relative][0] if group is None else group
        if relative is not None:
            origins[name] = relative
        joining.append(
            Joining(parameters[name], chosen, _spelled(name, relative, held, optimizer.param_groups[chosen]))
        )
    for join in joining:
        entry = optimizer.param_groups[join.group]
        entry["params"].append(join.parameter)
        if join.named is not None:
            entry["param_names"].append(join.named)
    held_now = _held_groups(optimizer)
    for module in model.modules():
        memory = getattr(module, "_memory", None)
        if isinstance(memory, Memory):
            redrawn = [*redrawn, *memory.settle(module, held_now)]
    for parameter in redrawn:
        optimizer.state.pop(parameter, None)
    return tuple(left_out)


def note_growth(outer: nn.Module, roots: Mapping[str, Any], new: Iterable[str]) -> None:
    """Lets the roots at these paths remember what they gained and `is_grown` cannot tell, until an optimizer has it."""
    names = [name for name in new if not is_grown(name, outer)]
    for path, root in roots.items():
        prefix = f"{path}.".lstrip(".")
        own = [name.removeprefix(prefix) for name in names if name.startswith(prefix)]
        if own:
            root._memory = replace(root._memory, grown=list(dict.fromkeys([*root._memory.grown, *own])))


def _noted(model: nn.Module) -> list[str]:
    """The parameters that `note_growth` noted in a model and no optimizer holds yet."""
    memories = [(path, getattr(module, "_memory", None)) for path, module in model.named_modules()]
    return [
        f"{path}.{name}".lstrip(".") for path, memory in memories if isinstance(memory, Memory) for name in memory.grown
    ]


def is_grown(name: str, model: nn.Module) -> bool:
    """Whether a growing part gained this parameter after it was born (its place in some series is not the first)."""
    segments = name.split(".")
    for index, segment in enumerate(segments[:-1]):
        if segment in _SERIES and getattr(model.get_submodule(".".join(segments[:index])), "SERIES", None) == segment:
            later = segments[index + 1] != "0"
            extra = segment == "generations" and segments[-1].startswith(_EXTRA)
            if later or extra:
                return True
    return False


def family(name: str) -> tuple[str, tuple[int, ...]]:
    """A name without its place, and the place: `a.generations.1.weight` -> `a.generations.*.weight`, (1, 0)."""
    segments = name.split(".")
    place: list[int] = []
    for index in range(1, len(segments) - 1):
        if segments[index - 1] in _SERIES and segments[index].isdigit():
            place.append(int(segments[index]))
            segments[index] = "*"
    place.append(int(segments[-1].startswith(_EXTRA)))
    segments[-1] = segments[-1].removeprefix(_EXTRA)
    return ".".join(segments), tuple(place)


def nearest_relative(
    name: str, held: Collection[str], parameters: Collection[str], joining: Collection[str] = ()
) -> str | None:
    """The parameter, held or joining, that this one is a later copy of: the latest, of the same member where it can be.

    A name that is like no other in the model has no family; then it is the held one with most of the path in common,
    of the same last name (weight, bias) where there is one.
    """
    kind, place = family(name)
    earlier = {other: found[1] for other in parameters if (found := family(other))[0] == kind and found[1] < place}
    if earlier:
        candidates = [other for other in earlier if other in held or other in joining]
        return max(candidates, key=lambda other: (_shared(earlier[other], place), earlier[other]), default=None)
    path = name.split(".")
    return max(
        held,
        key=lambda other: (_shared(other.split("."), path), other.split(".")[-1] == path[-1]),
        default=None,
    )


def _shared(one: Sequence[object], other: Sequence[object]) -> int:
    """How many items two sequences have in common from their start."""
    return sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], zip(one, other, strict=False)))


def check_optimizer(optimizer: Any) -> None:
    """Raises TypeError for what is no optimizer."""
    if not hasattr(optimizer, "param_groups"):
        raise TypeError(f"{type(optimizer).__name__} is no optimizer: it has no `param_groups`")


def _held_groups(optimizer: Any) -> dict[int, tuple[int, int]]:
    """id of every parameter held -> (group, position in it)."""
    check_optimizer(optimizer)
    return {
        id(parameter): (index, position)
        for index, entry in enumerate(optimizer.param_groups)
        for position, parameter in enumerate(entry["params"])
    }


def _spelled(name: str, relative: str | None, held: Mapping[str, tuple[int, int]], entry: Any) -> str | None:
    """The parameter's name as this optimizer spells names: with the prefix that it gave the relative."""
    if "param_names" not in entry:
        return None
    if relative is None or held[relative][1] >= len(entry["param_names"]):
        return name
    spelled = entry["param_names"][held[relative][1]]
    return spelled.removesuffix(relative) + name if spelled.endswith(relative) else name
