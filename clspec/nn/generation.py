# pyright: standard
"""The rows that a linear head gained at one growth."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from typing import NamedTuple, cast

import torch
from torch import Tensor, nn
from torch.nn import Parameter

from clspec.nn.seeding import row_generator

Draw = Callable[[Sequence[int]], tuple[Tensor, Tensor | None]]
"""Classes -> fresh (weight, bias) with one row each."""


class Block(NamedTuple):
    """Rows that lie in one Parameter: `held[weight]` (rows, in_features), `held[bias]` (rows,) or None.

    They are looked up in the dict where their module holds them, so that what stands there at the time is used.
    """

    held: Mapping[str, Parameter | None]
    weight: str
    bias: str

    def weights(self) -> Parameter:
        return cast("Parameter", self.held[self.weight])


class Generation(nn.Module):
    """The rows of one growth: weight (rows, in_features), bias (rows,) or None.

    `extra_weight` and `extra_bias` are what the first growth added to the rows that a head was born with.
    """

    weight: Parameter | None
    bias: Parameter | None
    extra_weight: Parameter | None
    extra_bias: Parameter | None

    def __init__(self) -> None:
        super().__init__()
        self._parameters.update(weight=None, bias=None, extra_weight=None, extra_bias=None)

    def weights(self) -> list[Parameter]:
        return [weight for weight in (self.weight, self.extra_weight) if weight is not None]

    def biases(self) -> list[Parameter]:
        return [bias for bias in (self.bias, self.extra_bias) if bias is not None]

    def blocks(self) -> list[Block] | None:
        """Where the rows lie; None where torch.nn.utils or somebody else has put others in the place of Parameters."""
        if type(self) is not Generation or self._forward_pre_hooks:
            return None
        names = [(f"{prefix}weight", f"{prefix}bias") for prefix in ("", "extra_")]
        if not all(weight in self._parameters and bias in self._parameters for weight, bias in names):
            return None
        return [Block(self._parameters, *each) for each in names if self._parameters[each[0]] is not None]

    def fit(self, classes: Sequence[int], born: int, draw: Draw, stand_still: bool) -> None:
        """Has one row for each of `classes`, the first `born` of them in `weight`; what has as many already stays."""
        for prefix, rows in (("", classes[:born]), ("extra_", classes[born:])):
            present: Parameter | None = getattr(self, f"{prefix}weight")
            if len(rows) == (0 if present is None else len(present)):
                continue
            for name, fresh in zip(("weight", "bias"), draw(rows) if rows else (None, None), strict=True):
                parameter = None if fresh is None else Parameter(fresh, requires_grad=not stand_still)
                self.register_parameter(f"{prefix}{name}", parameter)


def draw_rows(like: Tensor, in_features: int, rows: int, bias: bool) -> tuple[Tensor, Tensor | None]:
    """Fresh rows as nn.Linear draws them, from torch's global generator, in the dtype and on the device of `like`."""
    bound = _bound(in_features)
    weight = like.new_empty((rows, in_features)).uniform_(-bound, bound)
    return weight, like.new_empty(rows).uniform_(-bound, bound) if bias else None


def draw_seeded_rows(
    like: Tensor, in_features: int, keys: Sequence[tuple[str, int, int]], bias: bool, *, seed: int
) -> tuple[Tensor, Tensor | None]:
    """The same, each row from its own generator, in float32 on the CPU, then converted.

    A row's key is (path of its head, class, how often it was drawn before).
    """
    bound = _bound(in_features)
    generators = [row_generator(seed, *key) for key in keys]
    drawn = [torch.empty(in_features + 1).uniform_(-bound, bound, generator=generator) for generator in generators]
    rows = torch.stack(drawn).to(like)
    # Packed copies: `clone` of one row's column would keep the stride of the rows.
    weight, column = (part.clone(memory_format=torch.contiguous_format) for part in (rows[:, :-1], rows[:, -1]))
    return weight, column if bias else None


def _bound(in_features: int) -> float:
    """nn.Linear's kaiming_uniform with a=sqrt(5) comes to this."""
    return 1 / math.sqrt(in_features) if in_features else 0.0
