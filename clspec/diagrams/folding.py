"""Repeats folded: a chain of equal siblings is drawn once, with a count."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Mapping, Sequence
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
    folded = _fold(boxes, _seams(arrows), states, owner)
    moved = [replace(arrow, source=_moved(arrow.source, owner), target=_moved(arrow.target, owner)) for arrow in arrows]
    return folded, [arrow for arrow in moved if arrow.source != arrow.target]


@dataclass(frozen=True)
class _Seams:
    """The arrows that leave a box, and those that enter it, by its path."""

    outgoing: Mapping[str, Sequence[Arrow]]
    incoming: Mapping[str, Sequence[Arrow]]


def _seams(arrows: Sequence[Arrow]) -> _Seams:
    outgoing, incoming = defaultdict[str, list[Arrow]](list), defaultdict[str, list[Arrow]](list)
    for arrow in arrows:
        sources, targets = _upwards(arrow.source), _upwards(arrow.target)
        for path in sources:
            if path not in targets:
                outgoing[path].append(arrow)
        for path in targets:
            if path not in sources:
                incoming[path].append(arrow)
    return _Seams(outgoing, incoming)


def _upwards(path: str) -> list[str]:
    """A path and those of the boxes around it."""
    parts = path.split(".")
    return [".".join(parts[:length]) for length in range(1, len(parts) + 1)]


def _fold(boxes: Sequence[Box], seams: _Seams, states: Snapshot, owner: dict[str, str]) -> tuple[Folded, ...]:
    folded: list[Folded] = []
    position = 0
    while position < len(boxes):
        run = _run(boxes, position, seams, states)
        first = run[0]
        for box in run[1:]:
            owner[box.path] = first.path
        name = first.name if len(run) == 1 else _range_name(first.name, run[-1].name)
        folded.append(Folded(replace(first, name=name), _fold(first.children, seams, states, owner), len(run)))
        position += len(run)
    return tuple(folded)


def _run(boxes: Sequence[Box], position: int, seams: _Seams, states: Snapshot) -> Sequence[Box]:
    """The box at a position with the equal ones that follow it in an unbroken, numbered chain."""
    end = position + 1
    while end < len(boxes) and _continues(boxes[end - 1], boxes[end], seams, states):
        end += 1
    return boxes[position:end]


def _continues(before: Box, box: Box, seams: _Seams, states: Snapshot) -> bool:
    stem, number = _numbered(before.name)
    if number is None or _numbered(box.name) != (stem, number + 1) or box.per_task or box.role == "input":
        return False
    if before.expanded or box.expanded:
        return False
    if _likeness(before, states) != _likeness(box, states):
        return False
    # Only the link of the chain may touch the seam: a tap into the middle keeps both boxes visible.
    outgoing, incoming = seams.outgoing.get(before.path, ()), seams.incoming.get(box.path, ())
    return len(outgoing) == 1 and outgoing == incoming


def _likeness(box: Box, states: Snapshot) -> tuple[object, ...]:
    state = states.get(box.path, PartState(0, 0))
    children = tuple((child.name, _likeness(child, states)) for child in box.children)
    return (box.role, box.title, box.details, box.mark, box.rules, box.width_in, box.per_task, state, children)


def _numbered(name: str) -> tuple[str, int | None]:
    match = re.fullmatch(r"(.*?)(\d{1,9})", name, re.DOTALL | re.ASCII)
    return (match[1], int(match[2])) if match else (name, None)


def _range_name(first: str, last: str) -> str:
    return f"{first}..{_numbered(last)[1]}"


def _moved(path: str, owner: dict[str, str]) -> str:
    """The path as drawn: a folded box's insides belong to the first of its run."""
    parts = path.split(".")
    for length in range(1, len(parts) + 1):
        prefix = ".".join(parts[:length])
        if prefix in owner:
            return _moved(".".join([owner[prefix], *parts[length:]]), owner)
    return path
