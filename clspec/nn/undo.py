# pyright: standard
"""All or nothing: a module as it was, structure, values, flags and bookkeeping, to be put back when a change fails."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import torch
from torch import Tensor, nn

Keep = Callable[[nn.Module], None]
"""Remembers the values of a part that is about to be written into, its parameters and buffers."""


@contextmanager
def all_or_nothing(model: nn.Module) -> Iterator[Keep]:
    """What is done to the model inside is undone where an exception leaves it.

    Submodules, parameters, buffers, plain attributes, `training`, `requires_grad` and `grad` are put back, containers
    in place. Values are put back where `keep(part)` was called before they were written; copying all of them for every
    growth, which writes into none, would be dear.
    """
    attributes = [(module, dict(vars(module))) for module in model.modules()]
    contents = [(value, value.copy()) for _, kept in attributes for value in kept.values() if _is_container(value)]
    flags = [(parameter, parameter.requires_grad, parameter.grad) for parameter in model.parameters()]
    values: dict[int, tuple[Tensor, Tensor]] = {}

    def keep(part: nn.Module) -> None:
        for tensor in itertools.chain(part.parameters(), part.buffers()):
            values.setdefault(id(tensor), (tensor, tensor.detach().clone()))

    try:
        yield keep
    except BaseException:
        for module, kept in attributes:
            vars(module).clear()
            vars(module).update(kept)
        for value, content in contents:
            _refill(value, content)
        for parameter, requires_grad, grad in flags:
            parameter.requires_grad_(requires_grad)
            parameter.grad = grad
        with torch.no_grad():
            for tensor, value in values.values():
                tensor.copy_(value)
        for module in model.modules():
            if hasattr(module, "settle"):
                module.settle()  # pyright: ignore[reportCallIssue]
        raise


def _is_container(value: object) -> bool:
    return isinstance(value, dict | list | set)


def _refill(value: Any, content: Any) -> None:
    value.clear()
    if isinstance(value, list):
        value.extend(content)
    else:
        value.update(content)
