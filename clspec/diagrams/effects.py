"""What the rules of a plan reach: their triggers, the parts they act on, and what none of them touches."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from clspec.diagrams import style
from clspec.diagrams.scene import NOTHING, Box, RuleLine, Scene
from clspec.growth import Snapshot

WHOLE = "the whole model"
"""What a rule acts on whose target is the model itself."""

NO_RULES = "nothing grows, is added or is frozen"

LOOKS = {"expand": "GROWS", "branch": "GROWS", "freeze": "FROZEN", "unfreeze": "TRAINS"}
"""The state that an action brings a part to; other actions change what is in it, not its state."""


@dataclass(frozen=True)
class Effects:
    """`whens` are the triggers in the order of their first rules, `reached` the boxes that a rule acts on, by its
    number, `parts` all of these in data-flow order, `others` the leaves with weights that none reaches."""

    whens: tuple[str, ...]
    reached: Mapping[int, tuple[Box, ...]]
    parts: tuple[Box, ...]
    others: tuple[Box, ...]


def find_effects(scene: Scene, states: Snapshot) -> Effects:
    reached = {rule.number: tuple(_acted_on(scene.boxes, rule.number)) for rule in scene.rules}
    paths = {box.path for boxes in reached.values() for box in boxes}
    return Effects(
        tuple(dict.fromkeys(rule.when for rule in scene.rules)),
        reached,
        tuple(box for box in _walk(scene.boxes) if box.path in paths),
        tuple(box for box in _untouched(scene.boxes, paths) if states.get(box.path, NOTHING).parameters),
    )


def look_of_rule(rule: RuleLine) -> style.Look:
    verb, _ = verb_and_target(rule)
    return style.LOOKS[LOOKS[verb]] if verb in LOOKS else style.FIXED


def verb_and_target(rule: RuleLine) -> tuple[str, str]:
    """`freeze` and `trunk until stage2`."""
    verb, _, target = rule.what.partition(" ")
    return verb, target or WHOLE


def untouched_words(effects: Effects) -> str:
    """`no rule reaches proj.body, fine.hidden`; "" where all parts are reached."""
    paths = [box.path for box in effects.others]
    more = f" and {len(paths) - 8} more" if len(paths) > 8 else ""
    return f"no rule reaches {', '.join(paths[:8])}{more}" if paths else ""


def _acted_on(boxes: Sequence[Box], number: int) -> Iterator[Box]:
    """The outermost boxes that a rule reaches: what is in them goes with them."""
    for box in boxes:
        if number in box.rules:
            yield box
        else:
            yield from _acted_on(box.children, number)


def _untouched(boxes: Sequence[Box], reached: set[str]) -> Iterator[Box]:
    for box in boxes:
        if box.path in reached or box.role == "input":
            continue
        if box.children:
            yield from _untouched(box.children, reached)
        else:
            yield box


def _walk(boxes: Sequence[Box]) -> Iterator[Box]:
    for box in boxes:
        yield box
        yield from _walk(box.children)
