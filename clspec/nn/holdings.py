# pyright: standard
"""What an optimizer holds of a model, by name, and where what the model grew is to go."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from itertools import takewhile
from typing import Any, NamedTuple

from torch.nn import Parameter

from clspec.nn.kinship import Kinship


class Place(NamedTuple):
    """Where an optimizer holds a parameter: the index of a group, and the position in it."""

    group: int
    position: int


class Holdings:
    """What an optimizer holds of a model's parameters, and the names of grown ones that it does without.

    Raises ValueError where it holds none of them, TypeError for what is no optimizer.
    """

    def __init__(self, optimizer: Any, parameters: Mapping[str, Parameter]) -> None:
        places = places_in(optimizer)
        self.held = {name: places[id(parameter)] for name, parameter in parameters.items() if id(parameter) in places}
        if parameters and not self.held:
            raise ValueError(
                "the optimizer holds none of the model's parameters: pass the optimizer that trains this model, "
                "or build it over model.parameters() first"
            )
        self.left_out: tuple[str, ...] = ()
        self._kinship = Kinship(parameters)
        self._groups = _sizes(optimizer)

    def stands(self, optimizer: Any) -> bool:
        """Whether the optimizer's groups are as they were left."""
        now = _sizes(optimizer)
        same = len(now) == len(self._groups)
        return same and all(a is b and m == n for (a, m), (b, n) in zip(self._groups, now, strict=True))

    def join(
        self, optimizer: Any, lacking: Mapping[str, Parameter], fresh: Collection[str], group: int | None = None
    ) -> None:
        """Gives parameters of the model a place: in the group of the nearest relative, the fresh ones in `group`.

        What has no relative that is held stays out, unless it is fresh and `group` says where it goes.
        """
        joining: list[tuple[str, Parameter, int, str | None]] = []
        origins: dict[str, str] = {}  # what gets a place here -> the held parameter that it owes it to
        left_out: list[str] = []
        for name, parameter in lacking.items():
            nearest = self._nearest(name, origins)
            relative = None if nearest is None else origins.get(nearest, nearest)
            if relative is not None:
                origins[name] = relative
            if group is not None and (name in fresh or relative is not None):
                joining.append((name, parameter, group, relative))
            elif relative is not None:
                joining.append((name, parameter, self.held[relative].group, relative))
            else:
                left_out.append(name)
        for name, parameter, chosen, relative in joining:
            entry = optimizer.param_groups[chosen]
            if "param_names" in entry:
                entry["param_names"].append(self._spelled(name, relative, entry["param_names"]))
            entry["params"].append(parameter)
            self.held[name] = Place(chosen, len(entry["params"]) - 1)
        self.left_out = (*self.left_out, *left_out)
        self._groups = _sizes(optimizer)

    def _nearest(self, name: str, joining: Mapping[str, str]) -> str | None:
        """The parameter, held or joining, that this one is a later copy of.

        A name that is like no other in the model has no family; then it is the held one with most of the path in
        common, of the same last name (weight, bias) where there is one.
        """
        has_family, nearest = self._kinship.enter(name, lambda other: other in self.held or other in joining)
        if has_family:
            return nearest
        path = name.split(".")
        return max(
            self.held,
            key=lambda other: (_shared(other.split("."), path), other.split(".")[-1] == path[-1]),
            default=None,
        )

    def _spelled(self, name: str, relative: str | None, names: Sequence[str]) -> str:
        """The parameter's name as this optimizer spells names: with the prefix that it gave the relative."""
        if relative is None or self.held[relative].position >= len(names):
            return name
        spelled = names[self.held[relative].position]
        return spelled.removesuffix(relative) + name if spelled.endswith(relative) else name


def places_in(optimizer: Any) -> dict[int, Place]:
    """id of every parameter held -> its place."""
    check_optimizer(optimizer)
    return {
        id(parameter): Place(index, position)
        for index, entry in enumerate(optimizer.param_groups)
        for position, parameter in enumerate(entry["params"])
    }


def check_optimizer(optimizer: Any) -> None:
    """Raises TypeError for what is no optimizer."""
    if not hasattr(optimizer, "param_groups"):
        raise TypeError(f"{type(optimizer).__name__} is no optimizer: it has no `param_groups`")


def _sizes(optimizer: Any) -> list[tuple[list[Parameter], int]]:
    return [(entry["params"], len(entry["params"])) for entry in optimizer.param_groups]


def _shared(one: Sequence[object], other: Sequence[object]) -> int:
    """How many items two sequences have in common from their start."""
    return sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], zip(one, other, strict=False)))
