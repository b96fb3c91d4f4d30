"""What lies between two submodules in the order in which they run, where they are registered in another."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import groupby

from clspec.growth import between, tree_of_paths

Stretch = tuple[str | None, str | None]
"""From which path to which, both with all inside them; None: from the first, to the last."""


def between_as_run(
    leaves: Sequence[str], ran: Sequence[str], since: str | None, until: str | None
) -> tuple[Stretch, ...]:
    """What runs from `since` to `until`, both included, as bounds in order of registration, which rules follow.

    `leaves` are what cannot be divided further, in order of registration; `ran` those of them that ran, in the order in
    which they first did. Where both orders mean the same, the two bounds themselves.
    """
    order = sorted(leaves, key=_ranks(leaves, ran).__getitem__)
    first = 0 if since is None else min(_positions(order, since))
    last = len(order) - 1 if until is None else max(_positions(order, until))
    reached = set(order[first : last + 1])
    tree = tree_of_paths(leaves)
    registered = [order[position] for path in between(tree, since, until) for position in _positions(order, path)]
    return ((since, until),) if reached == set(registered) else tuple(_stretches(leaves, reached))


def _ranks(leaves: Sequence[str], ran: Sequence[str]) -> dict[str, float]:
    """When each leaf comes. What never ran by itself comes with the one registered before it in the same module, else
    right before what is in that module: a module's own parameters are registered first."""
    places = {path: float(position) for position, path in enumerate(ran)}
    ranks: dict[str, float] = {}
    before, rank = "", -1.0
    for leaf in leaves:
        module = leaf[: leaf.rfind(".") + 1]
        if leaf in places:
            rank = places[leaf]
        elif not before.startswith(module):
            rank = min((place - 0.5 for path, place in places.items() if path.startswith(module)), default=rank)
        before, ranks[leaf] = leaf, rank
    return ranks


def _positions(order: Sequence[str], path: str) -> list[int]:
    return [position for position, leaf in enumerate(order) if f"{leaf}.".startswith(f"{path}.")]


def _stretches(leaves: Sequence[str], reached: set[str]) -> Iterator[Stretch]:
    """Where what is reached begins and ends as registered, by the outermost paths of which all is reached."""
    for wanted, group in groupby(leaves, reached.__contains__):
        if wanted:
            stretch = list(group)
            since = None if stretch[0] == leaves[0] else _outermost(stretch[0], leaves, reached)
            until = None if stretch[-1] == leaves[-1] else _outermost(stretch[-1], leaves, reached)
            yield since, until


def _outermost(path: str, leaves: Sequence[str], reached: set[str]) -> str:
    outer = path.rpartition(".")[0]
    if not outer or any(leaf.startswith(f"{outer}.") and leaf not in reached for leaf in leaves):
        return path
    return _outermost(outer, leaves, reached)
