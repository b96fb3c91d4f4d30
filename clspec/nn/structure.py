# pyright: standard
"""What is inside a module, as plans reach it. Parts are known by what they have, so that every base may use this."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from torch import nn

from clspec.growth import Series, Tree


def series_of(part: nn.Module) -> Series | None:
    """What a part has grown so far, as slices reach it; None for what does not grow."""
    items = items_of(part)
    return None if items is None else Series(items[0], tuple(map(series_of, items[1])))


def items_of(part: nn.Module) -> tuple[str, list[nn.Module]] | None:
    """The name of the ModuleList that grows and what is in it; None for what does not grow."""
    name: str | None = getattr(part, "SERIES", None)
    return None if name is None else (name, list(part.get_submodule(name).children()))


def tree_of(part: nn.Module) -> Tree:
    """The names inside a part, in forward order as far as modules tell it: own parameters, then as registered."""
    own: dict[str, Tree] = {name: {} for name, _ in part.named_parameters(recurse=False)}
    return {**own, **{name: tree_of(child) for name, child in part.named_children()}}


def growing_inside(model: nn.Module) -> Iterator[Any]:
    """The outermost growing parts, the model itself if it is one."""
    if getattr(model, "SERIES", None) is not None:
        yield model
        return
    for child in model.children():
        yield from growing_inside(child)


def dynamic_inside(model: nn.Module, path: str = "") -> Iterator[tuple[str, Any]]:
    """The dynamic modules by path, the model itself if it is one; not what a growing part has grown."""
    if hasattr(model, "ONLY_APPENDS"):
        yield path, model
    if getattr(model, "SERIES", None) is None:
        for name, child in model.named_children():
            yield from dynamic_inside(child, f"{path}.{name}".lstrip("."))


def name_parts(outer: nn.Module) -> None:
    """Lets dynamic parts that no compiled model has named say in their errors where they are."""
    for path, part in outer.named_modules():
        if vars(part).get("_path") == "":
            vars(part)["_path"] = path
