# pyright: standard
"""Adapting the dynamic modules inside any module."""

from __future__ import annotations

from typing import Any

from torch import Tensor, nn

from clspec.nn import engine
from clspec.nn.dynamic import DynamicModule, roots_inside
from clspec.nn.inside import Inside
from clspec.nn.report import AdaptationReport


def adapt(
    module: nn.Module, experience: Any, optimizer: Any = None, optimizer_group: int | None = None
) -> AdaptationReport:
    """Adapts every dynamic module nested anywhere inside a plain module, all or none of them.

    One report, with paths in `module`. The mode that counts is the outer module's: in eval it is only announced. Raises
    ValueError where there is nothing that could adapt.
    """
    return engine.adapt_roots(_inside(module), experience, optimizer, optimizer_group)


def post_adapt(module: nn.Module, experience: Any = None, optimizer: Any = None) -> AdaptationReport:
    """`post_adaptation` for every dynamic module nested anywhere inside a plain module; data runs through the whole."""
    return engine.finish_roots(_inside(module), experience, optimizer)


def observe(module: nn.Module, x: Tensor, y: Tensor, task_labels: int | Tensor | None = None) -> None:
    """`DynamicModule.observe` for every dynamic module nested anywhere inside a plain module."""
    engine.observe_roots(_inside(module), x, y, task_labels)


def _inside(module: nn.Module) -> Inside:
    if isinstance(module, DynamicModule):
        return module._found.of(module)
    roots = roots_inside(module)
    if not roots:
        raise ValueError(f"{type(module).__name__} holds no dynamic module: there is nothing to adapt")
    return Inside(module, roots)
