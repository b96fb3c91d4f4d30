"""Counts parameters and buffers of every part, and how they will grow."""

from __future__ import annotations

from collections.abc import Mapping

from clspec.analyses.program import AdaptationPlan, Block, Flow
from clspec.components.base import Component
from clspec.components.growing import ColumnGrowth, Growth, MemberGrowth, RowGrowth, Size
from clspec.growth import Rule


def measure(model: Block, flow: Flow, plan: AdaptationPlan) -> Mapping[str, Growth]:
    """The size and growth of every component of a checked model, by path, in data-flow order of the text.

    A backbone that a rule holds in part is divided as far as that rule needs.
    """
    sizes: dict[str, Growth] = {}
    for part in model.walk():
        if part.component is not None and part.role != "input":
            for path, component in growing_parts(part.path, part.component):
                inputs = flow.inputs[part.path]
                size = component.growth(inputs)
                reached = [each for planned in plan.rules for each in _inside(planned.rule, path)]
                if isinstance(size, Size) and not all(map(size.divides, reached)):
                    size = component.divided(size, inputs, reached)
                sizes[path] = size
    return sizes


def least(growth: Growth) -> Size:
    """The size of a part as it is born, or once it has met a class where it is born with none."""
    match growth:
        case RowGrowth():
            return growth.row * max(growth.initial, 1) + growth.shared
        case MemberGrowth():
            return least(growth.member)
        case ColumnGrowth():
            return growth.at(0)
        case Size():
            return growth


def _inside(rule: Rule, path: str) -> list[str]:
    """The paths inside the part at `path` that a rule names."""
    if rule.part != path and not rule.part.startswith(f"{path}."):
        return []
    above = rule.part[len(path) + 1 :]
    named = [above, *(f"{above}.{bound}".strip(".") for bound in (rule.until, rule.since) if bound)]
    return [each for each in named if each]


def growing_parts(path: str, component: Component) -> list[tuple[str, Component]]:
    """The component at a path, or those inside it that adapt in its stead, by their paths."""
    inner = component.inner()
    return [(f"{path}.{name}", each) for name, each in inner.items()] or [(path, component)]
