"""Which tensor of a component is which of another: items of lists move, and layers are numbered otherwise."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from clspec.comparison.lists import align
from clspec.components.base import Component
from clspec.components.per_task import PerTask
from clspec.components.residual import Residual
from clspec.components.sequence import SequenceOf
from clspec.ir.tensors import Tensors

MEMBERS = "members.*"


def renamed(old: Component, new: Component, before: Tensors, after: Tensors) -> Mapping[str, str]:
    """Where in NEW the tensors of OLD have their place, by name; those of layers that were taken out have none."""
    if isinstance(old, PerTask) and isinstance(new, PerTask):
        one, other = _below(before, MEMBERS), _below(after, MEMBERS)
        inside = {f"{MEMBERS}.{a}": f"{MEMBERS}.{b}" for a, b in renamed(old.of, new.of, one, other).items()}
        return _same(before) | inside
    if _items(old) is not None or _items(new) is not None:
        ours, theirs = _slots(old, before), _slots(new, after)
        return {
            f"{ours[i].lead}{a}": f"{theirs[j].lead}{b}"
            for i, j in align([slot.item for slot in ours], [slot.item for slot in theirs])
            for a, b in renamed(ours[i].item, theirs[j].item, ours[i].tensors, theirs[j].tensors).items()
        }
    if old.kind == new.kind and _shown(before) == _shown(after):  # only numbered otherwise, in the same order
        return {one.name: other.name for one, other in zip(before, after, strict=True)}
    return _same(before)


class _Slot(NamedTuple):
    """An item of a list, where its names begin, and its tensors with their names below that."""

    item: Component
    lead: str
    tensors: Tensors


def _slots(component: Component, tensors: Tensors) -> list[_Slot]:
    """What a list holds; a layer by itself is as good as a list of one."""
    items = _items(component)
    if items is None:
        return [_Slot(component, "", tensors)]
    by_item = _by_first(tensors)
    return [_Slot(item, f"{at}.", by_item.get(str(at), ())) for at, item in enumerate(items)]


def _items(component: Component) -> tuple[Component, ...] | None:
    """What a list holds; a residual is a list with a way around it."""
    inner = component.layers if isinstance(component, Residual) else component
    if isinstance(inner, SequenceOf):
        return inner.items
    return (inner,) if isinstance(component, Residual) else None


def _same(tensors: Tensors) -> dict[str, str]:
    return {tensor.name: tensor.name for tensor in tensors}


def _below(tensors: Tensors, path: str) -> Tensors:
    lead = f"{path}."
    inside = (tensor for tensor in tensors if tensor.name.startswith(lead))
    return tuple(tensor._replace(name=tensor.name.removeprefix(lead)) for tensor in inside)


def _by_first(tensors: Tensors) -> dict[str, Tensors]:
    """The tensors of each item, their names below it."""
    found: dict[str, Tensors] = {}
    for tensor in tensors:
        first, _, rest = tensor.name.partition(".")
        found[first] = (*found.get(first, ()), tensor._replace(name=rest))
    return found


def _shown(tensors: Tensors) -> list[tuple[str, object]]:
    """What a tensor is, whatever the layers around it are called."""
    return [(tensor.name.rpartition(".")[2], tensor.sizes) for tensor in tensors]
