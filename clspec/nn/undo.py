# pyright: standard
"""All or nothing: a module as it was, structure, flags and bookkeeping, to be put back when an adaptation fails."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from torch import nn


@contextmanager
def all_or_nothing(model: nn.Module) -> Iterator[None]:
    """What is done to the model inside is undone where an exception leaves it.

    Submodules, parameters, buffers, plain attributes, `training`, `requires_grad` and `grad` are put back, containers
    in place. Values written into a tensor are not: no action of this package writes into one that existed before.
    """
    attributes = [(module, dict(vars(module))) for module in model.modules()]
    contents = [(value, value.copy()) for _, kept in attributes for value in kept.values() if _is_container(value)]
    flags = [(parameter, parameter.requires_grad, parameter.grad) for parameter in model.parameters()]
    try:
        yield
    except BaseException:
        for module, kept in attributes:
            vars(module).clear()
            vars(module).update(kept)
        for value, content in contents:
            _refill(value, content)
        for parameter, requires_grad, grad in flags:
            parameter.requires_grad_(requires_grad)
            parameter.grad = grad
        raise


def _is_container(value: object) -> bool:
    return isinstance(value, dict | list | set)


def _refill(value: Any, content: Any) -> None:
    value.clear()
    if isinstance(value, list):
        value.extend(content)
    else:
        value.update(content)
