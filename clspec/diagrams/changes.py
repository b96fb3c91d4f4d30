"""What an experience changed in a part, told from the states before and after it."""

from __future__ import annotations

from collections.abc import Sequence

from clspec.diagrams.scene import NOTHING, Box
from clspec.growth import RESET, PartState, Snapshot


def part_changes(box: Box, before: Snapshot, after: Snapshot, said: Sequence[str]) -> list[str]:
    """Words for chips, as `+2 ROWS` or `NOW FROZEN`; [] where the part stayed as it was.

    `said` are the frame's changes in words: an action that leaves no trace in the state (`reset`) is known only there.
    """
    words: list[str] = []
    for leaf in leaves(box):
        words += _growth(leaf, before.get(leaf.path, NOTHING), after.get(leaf.path, NOTHING))
    told = [line.partition(": ")[2] for line in said if about(line, box.path)]
    words += ["RESET"] if RESET in told else []
    words += _training(before.get(box.path, NOTHING), after.get(box.path, NOTHING))
    if told and not words:
        words = [_held(told, after.get(box.path, NOTHING))]
    return list(dict.fromkeys(words))


def _held(told: Sequence[str], after: PartState) -> str:
    """A freeze or a thaw that an `after` rule undid in between: the states on both sides are the same."""
    for words in reversed(told):
        if words.startswith("frozen"):
            return f"NOW {'PART ' if after.state == 'part frozen' else ''}FROZEN"
        if words.startswith("trains again"):
            return "TRAINS AGAIN"
    return "CHANGED"


def leaves(box: Box) -> list[Box]:
    """The box itself, or what stands innermost in it."""
    return [leaf for child in box.children for leaf in leaves(child)] if box.children else [box]


def _growth(box: Box, before: PartState, after: PartState) -> list[str]:
    if after.members is not None:
        return _new_members(box, before, after)
    if after.rows is None:
        return []
    if before.rows is not None and unclaimed(before) and not unclaimed(after):
        return ["BUILT"]
    return _more(_height(after) - _height(before), "ROW")


def _new_members(box: Box, before: PartState, after: PartState) -> list[str]:
    old, new, noun = dict(before.members or ()), dict(after.members or ()), box.member.upper()
    if None in old and None not in new:
        return ["BUILT", *_more(len(new) - len(old), noun)]
    added = len(new) - len(old)
    rows = sum(_height(state) - _height(old[task]) for task, state in new.items() if task in old)
    fresh = [f"NEW {noun}"] if added == 1 else _more(added, noun)
    return fresh + _more(rows, "ROW")


def _training(before: PartState, after: PartState) -> list[str]:
    if before.state == "fixed":
        return []  # what is only now there to be frozen stood still before
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


def unclaimed(state: PartState) -> bool:
    """Whether a head still has rows that it was born with and that no class has claimed."""
    return any(class_id is None for part in state.rows or () for class_id in part)


def about(line: str, path: str) -> bool:
    """Whether a change in words is one of the part at `path`."""
    part = line.partition(":")[0]
    return part == path or part.startswith((f"{path}.", f"{path}["))
