# pyright: standard
"""Weights that a forward makes of Parameters, kept as long as these stand still."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import torch
from torch import Tensor
from torch.nn import Parameter

Derive = Callable[[Sequence[Tensor]], tuple[Tensor, ...]]
"""Parameters -> what is made of them."""


class DerivedWeights:
    """What a function makes of some Parameters: anew at each forward while they train, once while they are frozen.

    It is made anew where one of them was written, replaced, or moved, as far as torch counts that: a write through
    `.data` it does not, and `forget` is for whoever does so. Copies and pickles have nothing kept. Nothing is rounded
    by autocast here.
    """

    def __init__(self) -> None:
        self.forget()

    def forget(self) -> None:
        self._made_of: list[tuple[Tensor, int, int]] = []
        self._kept: tuple[Tensor, ...] = ()

    def of(self, parameters: Sequence[Tensor], derive: Derive) -> tuple[Tensor, ...]:
        if torch.compiler.is_compiling() or not all(map(_stands_still, parameters)):
            with torch.autocast(parameters[0].device.type, enabled=False):
                return derive(parameters)
        if len(parameters) != len(self._made_of) or not all(map(_is_as_before, parameters, self._made_of)):
            # An inference tensor could not be used where gradients are wanted later.
            with (
                torch.inference_mode(False),
                torch.no_grad(),
                torch.autocast(parameters[0].device.type, enabled=False),
            ):
                self._kept = derive(parameters)
            self._made_of = [(each, each.data_ptr(), each._version) for each in parameters]
        return self._kept

    def __getstate__(self) -> dict[str, Any]:
        return {}

    def __setstate__(self, state: dict[str, Any]) -> None:
        self.forget()


def _stands_still(parameter: Tensor) -> bool:
    """Whether torch counts what is written into a tensor, and nothing is to be learned of it."""
    return type(parameter) is Parameter and not parameter.requires_grad and not parameter.is_inference()


def _is_as_before(parameter: Tensor, before: tuple[Tensor, int, int]) -> bool:
    same, place, version = before
    return parameter is same and parameter.data_ptr() == place and parameter._version == version
