# pyright: standard
"""Weights that a forward makes of Parameters, kept as long as these stand still."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import torch
from torch import Tensor
from torch.nn import Parameter

from clspec.nn.derived import is_lasting


class DerivedWeights:
    """What is made of some Parameters, once while they are frozen; nothing while one of them trains.

    It is made anew where one of them was written, replaced, or moved, as far as torch counts that: a write through
    `.data` it does not, and `forget` is for whoever does so. Copies and pickles have nothing kept.
    """

    def __init__(self) -> None:
        self.forget()

    def forget(self) -> None:
        self._made_of: list[tuple[Tensor, int, int]] = []
        self._kept: Sequence[Tensor] = ()

    def of(self, parameters: Sequence[Tensor], make: Callable[[], Sequence[Tensor]]) -> Sequence[Tensor] | None:
        """What `make` makes of these parameters; None where they do not stand still."""
        if torch.compiler.is_compiling() or not all(map(_stands_still, parameters)):
            return None
        if len(parameters) != len(self._made_of) or not all(map(_is_as_before, parameters, self._made_of)):
            kind = parameters[0].device.type
            # What is made under inference mode, or rounded by autocast, could not be used outside.
            with torch.inference_mode(False), torch.no_grad(), torch.autocast(kind, enabled=False):
                made = make()
            if not all(map(is_lasting, made)):
                return made
            self._kept = made
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
