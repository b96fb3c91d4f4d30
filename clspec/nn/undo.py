# pyright: standard
"""All or nothing: a module as it was, structure, values, flags and bookkeeping, to be put back when a change fails."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from types import TracebackType
from typing import Any, Self

import torch
from torch import Tensor, nn

from clspec.nn.bookmark import Bookmark

Back = Callable[[], None]
"""Puts something back as it was."""


class AllOrNothing:
    """What is done to a model inside is undone where an exception leaves it.

    What that takes is remembered step by step, before each step: growth that only appends is a `bookmark`, quickly
    made however large the model is. Before anything else is done, `whole` remembers the whole model: submodules,
    parameters, buffers, plain attributes, `training`, `requires_grad` and `grad`, containers in place. Values are put
    back where `keep(part)` was called before they were written.
    """

    def __init__(self, model: nn.Module) -> None:
        self._model = model
        self._steps: list[Back] = []
        self._is_whole = False

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if kind is not None:
            for back in reversed(self._steps):
                back()
            for module in self._model.modules():
                if hasattr(module, "settle"):
                    module.settle()  # pyright: ignore[reportCallIssue]

    def bookmark(self, bookmark: Bookmark) -> Bookmark:
        """Goes back to this bookmark."""
        self._steps.append(bookmark.back)
        return bookmark

    def memory(self, root: Any) -> None:
        """Goes back to what a root remembers now, which is replaced and never changed."""
        memory = root._memory
        self._steps.append(lambda: setattr(root, "_memory", memory))

    def whole(self) -> None:
        """Remembers the whole model, once."""
        if not self._is_whole:
            self._is_whole = True
            self._steps.append(_remember(self._model))

    def keep(self, part: nn.Module) -> None:
        """Remembers the whole model, and the values of a part that is about to be written into."""
        self.whole()
        values = [(tensor, tensor.detach().clone()) for tensor in itertools.chain(part.parameters(), part.buffers())]
        self._steps.append(lambda: _write(values))


def _remember(model: nn.Module) -> Back:
    attributes = [(module, dict(vars(module))) for module in model.modules()]
    contents = [(value, value.copy()) for _, kept in attributes for value in kept.values() if _is_container(value)]
    flags = [(parameter, parameter.requires_grad, parameter.grad) for parameter in model.parameters()]

    def back() -> None:
        for module, kept in attributes:
            vars(module).clear()
            vars(module).update(kept)
        for value, content in contents:
            _refill(value, content)
        for parameter, requires_grad, grad in flags:
            parameter.requires_grad_(requires_grad)
            parameter.grad = grad

    return back


def _write(values: list[tuple[Tensor, Tensor]]) -> None:
    with torch.no_grad():
        for tensor, value in values:
            tensor.copy_(value)


def _is_container(value: object) -> bool:
    return isinstance(value, dict | list | set)


def _refill(value: Any, content: Any) -> None:
    value.clear()
    if isinstance(value, list):
        value.extend(content)
    else:
        value.update(content)
