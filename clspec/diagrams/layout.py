"""Which way a picture runs, and how wide its cards are."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Literal

from clspec.diagrams import style
from clspec.diagrams.metrics import text_width
from clspec.diagrams.scene import Arrow

Direction = Literal["LR", "TB"]


def choose_direction(widths: Mapping[str, float], arrows: Sequence[Arrow], *, depth: int, column: float) -> Direction:
    """Left to right where the longest path fits a README, or is no wider than the `column` it would replace."""
    across = longest_path(widths, arrows) + 40 * depth
    return "LR" if across <= max(style.README_WIDTH, column) else "TB"


def longest_path(widths: Mapping[str, float], arrows: Sequence[Arrow]) -> float:
    """The width of the widest chain of cards with the arrows between them; arrows that run in a circle count once."""
    arriving: dict[str, list[Arrow]] = {}
    for arrow in arrows:
        arriving.setdefault(arrow.target, []).append(arrow)
    reach: dict[str, float] = {}
    # Each round settles at least one more card of a chain, so as many rounds as cards are enough.
    for _ in range(len(widths) + 1):
        before = dict(reach)
        for name, width in widths.items():
            steps = [reach.get(a.source, 0.0) + gap(a.label) for a in arriving.get(name, ())]
            reach[name] = min(max([0.0, *steps]) + width, 1e6)
        if reach == before:
            break
    return max(reach.values(), default=0.0)


def gap(label: str) -> float:
    """The room that an arrow with this label takes from left to right."""
    return text_width(label, style.SMALL) + 30
