"""The kinds of the language, one file a kind; the registry finds them, so a new file is a new kind."""

from __future__ import annotations

from functools import cache
from importlib import import_module
from pkgutil import iter_modules

from clspec.components.base import Component


@cache
def registry() -> dict[str, type[Component]]:
    """Every kind by its name in the language, in alphabetical order."""
    for module in iter_modules(__path__):
        import_module(f"{__name__}.{module.name}")
    kinds = {kind.kind: kind for kind in _leaves(Component)}
    return dict(sorted(kinds.items()))


def _leaves(parent: type[Component]) -> list[type[Component]]:
    children = [child for child in parent.__subclasses__() if child.__module__.startswith(__name__)]
    return [leaf for child in children for leaf in (_leaves(child) or [child])]
