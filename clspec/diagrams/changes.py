"""What an experience changed in a part, told from the states before and after it."""

from __future__ import annotations

from collections.abc import Sequence

from clspec.diagrams.scene import Box
from clspec.growth import PartState, Snapshot

NOTHING = PartState(0, 0)


def part_changes(box: Box, before: Snapshot, after: Snapshot, said: Sequence[str]) -> list[str]:
    """Words for chips, as `+2 ROWS` or `NOW FROZEN`; [] where the part stayed as it was.

    `said` are the frame's changes in words: an action that leaves no trace in the state (`reset`) is known only there.
    """
    words: list[str] = []
    for leaf in leaves(box):
        words += _growth(leaf, before.get(leaf.path, NOTHING), after.get(leaf.path, NOTHING))
    words += _training(before.get(box.path, NOTHING), after.get(box.path, NOTHING))
    if not words and any(_about(line, box.path) for line in said):
        words = ["CHANGED"]
    return list(dict.fromkeys(words))


def leaves(box: Box) -> list[Box]:
    """The box itself, or what stands innermost in it."""
    return [leaf for child in box.children for leaf in leaves(child)] if box.children else [box]


def _growth(box: Box, before: PartState, after: PartState) -> list[str]:
    if after.members is not None:
        return _new_members(box, before, after)
    if after.rows is None:
        return []
    if before.rows is not None and _unclaimed(before) and not _unclaimed(after):
        return ["BUILT"]
    return _more(_height(after) - _height(before), "ROW")


def _new_members(box: Box, before: PartState, after: PartState) -> list[str]:
    old, new = dict(before.members or ()), dict(after.members or ())
    if None in old and None not in new:
        return ["BUILT", *_more(len(new) - len(old), _member_word(box))]
    added = len(new) - len(old)
    rows = sum(_height(state) - _height(old[task]) for task, state in new.items() if task in old)
    fresh = [f"NEW {_member_word(box)}"] if added == 1 else _more(added, _member_word(box))
    return fresh + _more(rows, "ROW")


def _member_word(box: Box) -> str:
    return "HEAD" if box.role == "head" else "COLUMN"


def _training(before: PartState, after: PartState) -> list[str]:
    if before.state == after.state:
        same_size = before.parameters == after.parameters
        moved = after.trainable - before.trainable
        return [] if not moved or not same_size else ["MORE TRAINS" if moved > 0 else "MORE FROZEN"]
    if after.state in {"frozen", "part frozen"}:
        return [f"NOW {after.state.upper()}"]
    return ["TRAINS AGAIN"] if before.state in {"frozen", "part frozen"} else []


def _more(number: int, noun: str) -> list[str]:
    return [f"+{number} {noun}{'' if number == 1 else 'S'}"] if number > 0 else []


def _height(state: PartState) -> int:
    return sum(map(len, state.rows or ()))


def _unclaimed(state: PartState) -> bool:
    return any(class_id is None for part in state.rows or () for class_id in part)


def _about(line: str, path: str) -> bool:
    part = line.partition(":")[0]
    return part == path or part.startswith((f"{path}.", f"{path}["))
