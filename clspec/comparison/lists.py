"""The items of two lists of layers, side by side: which is which, though some were put in or taken out."""

from __future__ import annotations

from collections.abc import Sequence

from clspec.comparison.calls import likeness
from clspec.components.base import Component

MOST = 250_000
"""As many pairs of items are weighed; beyond that, items are who stands at the same place."""

Pairs = list[tuple[int, int]]


def align(old: Sequence[Component], new: Sequence[Component]) -> Pairs:
    """The positions of items that are the same, in order: as many that are alike as can be, then of one kind."""
    start = _common(old, new)
    end = _common(old[start:][::-1], new[start:][::-1])
    before, after = old[start : len(old) - end], new[start : len(new) - end]
    if len(before) * len(after) > MOST:
        middle = [(at, at) for at in range(min(len(before), len(after))) if before[at].kind == after[at].kind]
    else:
        middle = _weighed(before, after)
    shift = len(new) - len(old)
    pairs = [(at, at) for at in range(start)] + [(i + start, j + start) for i, j in middle]
    return pairs + [(at, at + shift) for at in range(len(old) - end, len(old))]


def _common(old: Sequence[Component], new: Sequence[Component]) -> int:
    """How many items at the start are alike."""
    alike = [likeness(one) == likeness(other) for one, other in zip(old, new, strict=False)]
    return next((at for at, same in enumerate(alike) if not same), len(alike))


def _weighed(old: Sequence[Component], new: Sequence[Component]) -> Pairs:
    """The alignment that weighs most: an item that stayed as it was weighs two that are only of one kind."""
    likes, others = list(map(likeness, old)), list(map(likeness, new))

    def weight(i: int, j: int) -> int:
        return 2 if likes[i] == others[j] else int(old[i].kind == new[j].kind)

    best = [[0] * (len(new) + 1) for _ in range(len(old) + 1)]
    for i in reversed(range(len(old))):
        for j in reversed(range(len(new))):
            paired = weight(i, j) and best[i + 1][j + 1] + weight(i, j)
            best[i][j] = max(best[i + 1][j], best[i][j + 1], paired)
    pairs: Pairs = []
    i = j = 0
    while i < len(old) and j < len(new):
        if weight(i, j) and best[i][j] == best[i + 1][j + 1] + weight(i, j):
            pairs.append((i, j))
            i, j = i + 1, j + 1
        elif best[i][j] == best[i + 1][j]:
            i += 1
        else:
            j += 1
    return pairs
