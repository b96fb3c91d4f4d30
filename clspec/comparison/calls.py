"""Components as the language writes them, and what makes two of them alike."""

from __future__ import annotations

import json
from collections.abc import Hashable, Iterator
from dataclasses import MISSING, fields
from typing import Any, cast

from clspec.analyses.model_component import ModelComponent
from clspec.analyses.program import Block
from clspec.components.base import Component
from clspec.components.sequence import SequenceOf


def call_of(component: Component) -> str:
    """`linear(features=64)`: the call, without arguments at their defaults."""
    if isinstance(component, SequenceOf):
        return f"[{', '.join(map(call_of, component.items))}]"
    if isinstance(component, ModelComponent):
        return f"{component.block.title}(...)"
    given = [f"{name}={spell(value)}" for name, value in arguments_given(component)]
    return f"{component.kind}({', '.join(given)})"


def arguments_given(component: Component) -> Iterator[tuple[str, Any]]:
    """The arguments that are not at their defaults, with those that a component passes on."""
    for each in fields(component):
        value: Any = getattr(component, each.name)
        if not each.metadata.get("argument", True):
            yield from cast("tuple[tuple[str, Any], ...]", value)
        elif each.default is MISSING or value != each.default:
            yield each.name, value


def spell(value: Any) -> str:
    """A value as the language writes it."""
    match value:
        case Component():
            return call_of(value)
        case tuple():
            return f"[{', '.join(map(spell, cast('tuple[Any, ...]', value)))}]"
        case None:
            return "none"
        case float():
            return f"{value:.15g}"
        case _:
            return json.dumps(value, ensure_ascii=False)


def likeness(component: Component | None) -> Hashable:
    """Equal for components that are alike, wherever they are written."""
    if component is None:
        return None
    if isinstance(component, ModelComponent):
        return component.block.title, _inside(component.block)
    return component.kind, tuple((each.name, _alike(getattr(component, each.name))) for each in fields(component))


def _inside(block: Block) -> Hashable:
    return tuple(
        (part.path, part.role, likeness(part.component), tuple(map(str, part.written_sources))) for part in block.walk()
    )


def _alike(value: Any) -> Hashable:
    if isinstance(value, Component):
        return likeness(value)
    return tuple(map(_alike, cast("tuple[Any, ...]", value))) if isinstance(value, tuple) else value
