"""Counts parameters and buffers of every part, and how they will grow."""

from __future__ import annotations

from collections.abc import Mapping

from clspec.analyses.program import Block, Flow
from clspec.components.base import ColumnGrowth, Component, Growth, MemberGrowth, RowGrowth, Size


def measure(model: Block, flow: Flow) -> Mapping[str, Growth]:
    """The size and growth of every component of a checked model, by path, in data-flow order of the text."""
    sizes: dict[str, Growth] = {}
    for part in model.walk():
        if part.component is not None and part.role != "input":
            for path, component in growing_parts(part.path, part.component):
                sizes[path] = component.growth(flow.inputs[part.path])
    return sizes


def born(growth: Growth) -> Size:
    """The size of a part as it is born."""
    match growth:
        case RowGrowth():
            return growth.row * growth.initial + growth.shared
        case MemberGrowth():
            return born(growth.member)
        case ColumnGrowth():
            return growth.at(0)
        case Size():
            return growth


def growing_parts(path: str, component: Component) -> list[tuple[str, Component]]:
    """The component at a path, or those inside it that adapt in its stead, by their paths."""
    inner = component.inner()
    return [(f"{path}.{name}", each) for name, each in inner.items()] or [(path, component)]
