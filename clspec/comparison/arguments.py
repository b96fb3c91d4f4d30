"""What differs between two components: kinds, arguments, items of lists."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import fields
from typing import Any

from clspec.analyses.model_component import ModelComponent
from clspec.comparison.calls import call_of, likeness, spell
from clspec.comparison.facts import Fact
from clspec.comparison.lists import align
from clspec.components.base import Component
from clspec.components.sequence import SequenceOf


def component_facts(old: Component, new: Component, name: str = "") -> list[Fact]:
    """What of a component changed; `name` is where it stands in an outer one."""
    if likeness(old) == likeness(new):
        return []
    if old.kind != new.kind:
        return [Fact(name or "kind", call_of(old), call_of(new))]
    if isinstance(old, SequenceOf) and isinstance(new, SequenceOf):
        return list(_items(old, new, name))
    if isinstance(old, ModelComponent) and isinstance(new, ModelComponent):
        return list(_parts(old, new, name))
    return [fact for each in fields(old) for fact in _argument(old, new, each.name, name)]


def _argument(old: Component, new: Component, field: str, name: str) -> list[Fact]:
    before: Any = getattr(old, field)
    after: Any = getattr(new, field)
    full = f"{name}.{field}".lstrip(".")
    if isinstance(before, Component) and isinstance(after, Component):
        return component_facts(before, after, full)
    return [] if before == after else [Fact(full, spell(before), spell(after))]


def _items(old: SequenceOf, new: SequenceOf, name: str) -> Iterator[Fact]:
    before = {j: i for i, j in align(old.items, new.items)}
    gone = set(range(len(old.items))) - set(before.values())
    yield from (Fact(f"{name}[{at}]", call_of(old.items[at]), None) for at in sorted(gone))
    for at, item in enumerate(new.items):
        if at in before:
            yield from component_facts(old.items[before[at]], item, f"{name}[{at}]")
        else:
            yield Fact(f"{name}[{at}]", None, call_of(item))


def _parts(old: ModelComponent, new: ModelComponent, name: str) -> Iterator[Fact]:
    """The parts of a model that stands inside another component, by their names."""
    before, after = ({part.path: part for part in each.block.walk()} for each in (old, new))
    if old.title() != new.title():
        yield Fact(name or "uses", old.title(), new.title())
    for path in dict.fromkeys([*before, *after]):
        one, other = (each[path].component if path in each else None for each in (before, after))
        full = f"{name}.{path}".lstrip(".")
        if one is not None and other is not None:
            yield from component_facts(one, other, full)
        elif one is not None or other is not None:
            yield Fact(full, one and call_of(one), other and call_of(other))
