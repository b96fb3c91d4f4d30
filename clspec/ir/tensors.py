"""The tensors of a state dict, by name: sizes are counted from them, and checkpoints judged by them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from math import prod
from typing import Literal, NamedTuple

Sizes = tuple[int | str, ...]
"""Of a tensor, outermost first; a word stands for what growth decides (`rows`)."""
Number = Literal["parameter", "float32", "int64", "log"]
"""What a tensor holds: a parameter's numbers, a buffer's, or what a part remembers of its growth."""
BYTES: Mapping[Number, int] = {"float32": 4, "int64": 8}
"""Of one number in a buffer."""


class Tensor(NamedTuple):
    """One entry of a state dict."""

    name: str
    sizes: Sizes
    holds: Number = "parameter"

    @property
    def numbers(self) -> int:
        """How many it holds; what growth decides counts once."""
        return prod(size for size in self.sizes if isinstance(size, int))

    def below(self, path: str) -> Tensor:
        return self._replace(name=f"{path}.{self.name}")


Tensors = tuple[Tensor, ...]


def named(sizes: Mapping[str, Sizes], holds: Number = "parameter") -> Tensors:
    return tuple(Tensor(name, each, holds) for name, each in sizes.items())


def parameters(tensors: Iterable[Tensor]) -> int:
    """How many numbers are in the parameters among them."""
    return sum(each.numbers for each in tensors if each.holds == "parameter")


def buffer_bytes(tensors: Iterable[Tensor]) -> int:
    return sum(each.numbers * BYTES[each.holds] for each in tensors if each.holds != "parameter")
