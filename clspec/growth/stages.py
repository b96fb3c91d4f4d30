"""The inside of a part by path, for freezing `until` one stage or `from` another."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from clspec.growth.words import spell_names

Tree = Mapping[str, "Tree"]
"""The names in a part in order of registration: its own parameters first, then its submodules."""


def tree_of_paths(paths: Iterable[str]) -> Tree:
    """The tree of dotted paths, in their order."""
    tree: dict[str, Any] = {}
    for path in paths:
        inner = tree
        for name in path.split("."):
            inner = inner.setdefault(name, {})
    return tree


def find_inside(tree: Tree, wanted: str) -> str:
    """The full path of a submodule named by it or a unique end of it. Raises ValueError where none or several fit."""
    paths = list(_paths(tree))
    if wanted in paths:
        return wanted
    found = [path for path in paths if path.endswith(f".{wanted}")]
    if not found:
        raise ValueError(f"nothing inside is called {wanted!r}; there are {spell_names(list(tree))}")
    if len(found) > 1:
        raise ValueError(f"{wanted!r} could be {spell_names(found)}: name more of the path")
    return found[0]


def _paths(tree: Tree, prefix: str = "") -> Iterator[str]:
    for name, inner in tree.items():
        yield prefix + name
        yield from _paths(inner, f"{prefix}{name}.")


def between(tree: Tree, since: str | None, until: str | None) -> list[str]:
    """The paths, each standing for all inside it, from `since` to `until`, both full paths and both included."""
    return _between(tree, since.split(".") if since else [], until.split(".") if until else [])


def _between(tree: Tree, since: Sequence[str], until: Sequence[str]) -> list[str]:
    names = list(tree)
    first = names.index(since[0]) if since else 0
    last = names.index(until[0]) if until else len(names) - 1
    found: list[str] = []
    for position in range(first, last + 1):
        name = names[position]
        after = since[1:] if since and position == first else ()
        before = until[1:] if until and position == last else ()
        inner = _between(tree[name], after, before) if after or before else [""]
        found += [f"{name}.{path}".strip(".") for path in inner]
    return found
