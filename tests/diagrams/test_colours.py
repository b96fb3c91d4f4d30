"""The themes as every reader sees them: with all cones, without one kind of them, and in shades of grey.

`make colours` shows whole pictures so; `tools/colour_vision.py` names the source of its numbers.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from itertools import combinations

import pytest

from clspec.diagrams import style
from clspec.diagrams.options import Theme
from clspec.diagrams.themes import THEMES
from tools.colour_vision import MATRICES, Colours, contrast, distance, from_hex, seen

TEXT, SHAPE = 4.5, 3.0
"""The contrast ratios that WCAG 2 AA asks for: of small text, and of what else is needed to understand a picture."""
AT_A_GLANCE = 8.0
"""Fills, or borders, this far apart in CIE 1976 units are told apart without looking for the difference."""
HEAVIER = 0.8
"""Points by which one border is seen to be heavier than another beside it."""

LOOKS = {**style.LOOKS, **style.MARKS}
FILLS = {look.fill for look in LOOKS.values()} | {style.CHANGED.fill, style.FRAME, style.FROZEN_SHARE}
Eye = Callable[[str], Colours]
Looks = Mapping[str, style.Look]

each_reader = pytest.mark.parametrize("vision", MATRICES)
each_theme = pytest.mark.parametrize("theme", ["light", "dark", "print"])


def eye(theme: Theme, vision: str) -> Eye:
    """What a reader sees of a colour of `style`."""
    return lambda colour: seen(from_hex(THEMES[theme].get(colour, colour)), vision)


@each_reader
@each_theme
def test_all_text_is_read(theme: Theme, vision: str) -> None:
    see = eye(theme, vision)
    pairs = [(ink, fill) for ink in (style.INK, style.MUTED) for fill in FILLS]
    pairs += [(style.PAPER, style.GREY if word == "LATER" else look.border) for word, look in LOOKS.items()]
    pairs += [(look.color, look.fill) for look in style.CELLS.values()]
    pairs += [(colour, style.PAPER) for colour in (style.BLUE, style.ORANGE, style.GREY)]
    assert [(one, other) for one, other in pairs if contrast(see(one), see(other)) < TEXT] == []


@each_reader
@each_theme
def test_every_border_and_line_is_seen(theme: Theme, vision: str) -> None:
    see = eye(theme, vision)
    lines = {look.border for look in LOOKS.values()} | {style.FIXED.border, style.LINE}
    assert [line for line in lines if contrast(see(line), see(style.PAPER)) < SHAPE] == []


@each_reader
@each_theme
@pytest.mark.parametrize("looks", [{**style.LOOKS, "CHANGED": style.CHANGED}, {**style.MARKS, "": style.FIXED}])
def test_states_are_told_apart_without_reading_their_words(looks: Looks, theme: Theme, vision: str) -> None:
    """By the fills, the kind, the weight or the hue of the border. NEW and CHANGED never stand in one picture."""
    see = eye(theme, vision)
    fills = {
        word: {look.fill, *([style.FROZEN_SHARE] if word == "PART FROZEN" else [])} for word, look in looks.items()
    }
    alike = [
        {one, other}
        for (one, first), (other, second) in combinations(looks.items(), 2)
        if first.line == second.line
        and abs(first.weight - second.weight) < HEAVIER
        and same(see, fills[one], fills[other])
        and distance(see(first.border), see(second.border)) < AT_A_GLANCE
    ]
    assert alike == ([{"NEW", "CHANGED"}] if "NEW" in looks else [])


def same(see: Eye, one: set[str], other: set[str]) -> bool:
    """Whether each fill of one box is about one of the other's, and the other way round."""
    gaps = {(a, b): distance(see(a), see(b)) for a in one for b in other}
    nearest = [min(gaps[a, b] for b in other) for a in one] + [min(gaps[a, b] for a in one) for b in other]
    return max(nearest) < AT_A_GLANCE


@each_reader
@each_theme
def test_class_cells_are_told_apart(theme: Theme, vision: str) -> None:
    """By the fill, the kind, the weight or the hue of the border; a retired row by its cross too."""
    see = eye(theme, vision)
    alike = [
        {one, other}
        for (one, first), (other, second) in combinations(style.CELLS.items(), 2)
        if (first.line, first.weight) == (second.line, second.weight)
        and distance(see(first.fill), see(second.fill)) < AT_A_GLANCE
        and distance(see(first.border), see(second.border)) < AT_A_GLANCE
    ]
    assert [pair for pair in alike if "retired" not in pair] == []
