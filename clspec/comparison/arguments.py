"""What differs between two components: kinds, arguments, items of lists."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
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
    lists = [isinstance(each, SequenceOf) for each in (old, new)]
    # One layer that others joined is told as a list to which they were added.
    if all(lists) or (any(lists) and align(_listed(old), _listed(new)) and likeness(bare(old)) != likeness(bare(new))):
        return list(_items(_listed(old), _listed(new), name))
    if old.kind != new.kind:
        return [Fact(name or "kind", call_of(old), call_of(new))]
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


def bare(component: Component) -> Component:
    """A list of one is, by what it computes, the one."""
    if isinstance(component, SequenceOf) and len(component.items) == 1:
        return bare(component.items[0])
    return component


def _listed(component: Component) -> tuple[Component, ...]:
    return component.items if isinstance(component, SequenceOf) else (component,)


def _items(old: Sequence[Component], new: Sequence[Component], name: str) -> Iterator[Fact]:
    before = {j: i for i, j in align(old, new)}
    gone = set(range(len(old))) - set(before.values())
    yield from (Fact(f"{name}[{at}]", call_of(old[at]), None) for at in sorted(gone))
    for at, item in enumerate(new):
        if at in before:
            yield from component_facts(old[before[at]], item, f"{name}[{at}]")
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
