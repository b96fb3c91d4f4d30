# pyright: standard
"""What is costly to compute from statistics, kept until they change."""

from __future__ import annotations

import operator
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

import torch
from torch import Tensor

Result = TypeVar("Result")


@dataclass(frozen=True)
class _Sources:
    """Tensors as they were read. They are held, so that none of their addresses comes back with other values."""

    tensors: list[Tensor]
    writes: list[tuple[int, int]]

    def stands(self, tensors: list[Tensor], writes: list[tuple[int, int]]) -> bool:
        same = len(tensors) == len(self.tensors) and all(map(operator.is_, tensors, self.tensors))
        return same and writes == self.writes


class Derived(Generic[Result]):
    """Keeps one result with the tensors it was computed from; a write, move or replacement of one computes it anew.

    Inside export and compile nothing is kept, so the graph computes it; where it is `settled`, what is kept is a
    constant of the graph. Copies and pickles start empty. (Writes through `.data` go unnoticed.)
    """

    def __init__(self) -> None:
        self._kept: tuple[_Sources, Result] | None = None
        self.settled = False

    def of(self, tensors: Iterable[Tensor], compute: Callable[[], Result]) -> Result:
        if torch.compiler.is_compiling():
            return self._kept[1] if self.settled and self._kept is not None else compute()
        sources = list(tensors)
        if any(source.is_inference() for source in sources):  # they do not count their writes
            return compute()
        writes = [(source._version, source.data_ptr()) for source in sources]
        if self._kept is None or not self._kept[0].stands(sources, writes):
            with torch.inference_mode(False), torch.no_grad():  # what is kept may be wanted in training later
                result = compute()
            parts: tuple[Any, ...] = result if isinstance(result, tuple) else (result,)
            if not all(map(is_lasting, parts)):
                return result
            self._kept = _Sources(sources, writes), result
        return self._kept[1]

    def __getstate__(self) -> dict[str, Any]:
        return {"_kept": None, "settled": False}


def is_lasting(made: object) -> bool:
    """Whether it means anything outside what is running: no tensor of a FakeTensorMode or of one of torch.func."""
    is_wrapped = torch._C._functorch.is_functorch_wrapped_tensor  # pyright: ignore[reportAttributeAccessIssue]
    return not isinstance(made, Tensor) or (type(made) is Tensor and not is_wrapped(made))
