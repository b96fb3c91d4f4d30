"""Repeats folded: a chain of equal siblings is drawn once, with a count."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

from clspec.diagrams.scene import Arrow, Box
from clspec.growth import PartState, Snapshot


@dataclass(frozen=True)
class Folded:
    """A box to draw: itself, or the first of `times` equal ones."""

    box: Box
    children: tuple[Folded, ...]
    times: int = 1


def fold_boxes(
    boxes: Sequence[Box], arrows: Sequence[Arrow], states: Snapshot
) -> tuple[tuple[Folded, ...], list[Arrow]]:
    """The boxes with chains of equal siblings folded, and the arrows between what is left."""
    owner: dict[str, str] = {}
    folded = _fold(boxes, arrows, states, owner)
    moved = [replace(arrow, source=_moved(arrow.source, owner), target=_moved(arrow.target, owner)) for arrow in arrows]
    return folded, [arrow for arrow in moved if arrow.source != arrow.target]


def _fold(boxes: Sequence[Box], arrows: Sequence[Arrow], states: Snapshot, owner: dict[str, str]) -> tuple[Folded, ...]:
    folded: list[Folded] = []
    position = 0
    while position < len(boxes):
        run = _run(boxes[position:], arrows, states)
        first = run[0]
        for box in run[1:]:
            owner[box.path] = first.path
        name = first.name if len(run) == 1 else _range_name(first.name, run[-1].name)
        folded.append(Folded(replace(first, name=name), _fold(first.children, arrows, states, owner), len(run)))
        position += len(run)
    return tuple(folded)


def _run(boxes: Sequence[Box], arrows: Sequence[Arrow], states: Snapshot) -> Sequence[Box]:
    """The first box with the equal ones that follow it in an unbroken, numbered chain."""
    length = 1
    while length < len(boxes) and _continues(boxes[length - 1], boxes[length], arrows, states):
        length += 1
    return boxes[:length]


def _continues(before: Box, box: Box, arrows: Sequence[Arrow], states: Snapshot) -> bool:
    stem, number = _numbered(before.name)
    if number is None or _numbered(box.name) != (stem, number + 1) or box.per_task or box.role == "input":
        return False
    if _likeness(before, states) != _likeness(box, states):
        return False
    # Only the link of the chain may touch the seam: a tap into the middle keeps both boxes visible.
    outgoing = [arrow for arrow in arrows if _within(arrow.source, before) and not _within(arrow.target, before)]
    incoming = [arrow for arrow in arrows if _within(arrow.target, box) and not _within(arrow.source, box)]
    return len(outgoing) == 1 and outgoing == incoming


def _likeness(box: Box, states: Snapshot) -> tuple[object, ...]:
    state = states.get(box.path, PartState(0, 0))
    children = tuple((child.name, _likeness(child, states)) for child in box.children)
    return (box.role, box.title, box.details, box.rules, box.width_in, box.per_task, state, children)


def _numbered(name: str) -> tuple[str, int | None]:
    match = re.fullmatch(r"(.*?)(\d{1,9})", name, re.DOTALL | re.ASCII)
    return (match[1], int(match[2])) if match else (name, None)


def _range_name(first: str, last: str) -> str:
    return f"{first}..{_numbered(last)[1]}"


def _within(path: str, box: Box) -> bool:
    return path == box.path or path.startswith(f"{box.path}.")


def _moved(path: str, owner: dict[str, str]) -> str:
    """The path as drawn: a folded box's insides belong to the first of its run."""
    parts = path.split(".")
    for length in range(1, len(parts) + 1):
        prefix = ".".join(parts[:length])
        if prefix in owner:
            return _moved(".".join([owner[prefix], *parts[length:]]), owner)
    return path
