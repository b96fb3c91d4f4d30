# pyright: standard
"""Adapting the dynamic modules inside any module."""

from __future__ import annotations

from typing import Any

from torch import nn

from clspec.nn import engine
from clspec.nn.dynamic import DynamicModule, roots_inside
from clspec.nn.report import AdaptationReport


def adapt(
    module: nn.Module, experience: Any, optimizer: Any = None, optimizer_group: int | None = None
) -> AdaptationReport:
    """Adapts every dynamic module nested anywhere inside a plain module, all or none of them.

    One report, with paths in `module`. The mode that counts is the outer module's: in eval it is only announced. Raises
    ValueError where there is nothing that could adapt.
    """
    if isinstance(module, DynamicModule):
        return module.adaptation(experience, optimizer, optimizer_group)
    roots = roots_inside(module)
    if not roots:
        raise ValueError(f"{type(module).__name__} holds no dynamic module: there is nothing to adapt")
    return engine.adapt_roots(module, roots, experience, optimizer, optimizer_group)
