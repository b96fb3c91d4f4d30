"""What a change is called, in reports and in forecasts."""

from __future__ import annotations

from collections.abc import Sequence

RESET, ALIGNED, OBSERVED = "reset", "aligned", "observed"


def spell(ids: Sequence[int]) -> str:
    """`0, 1, 2`; long lists are folded: `0, 1 ... 98, 99`."""
    if len(ids) <= 8:
        return ", ".join(map(str, ids))
    return f"{ids[0]}, {ids[1]} ... {ids[-2]}, {ids[-1]}"


def spell_names(names: Sequence[str]) -> str:
    """`a, b, c`; long lists end in dots."""
    return ", ".join(names[:8]) + (", ..." if len(names) > 8 else "") if names else "none"


def noun_for(things: Sequence[object], noun: str) -> str:
    """`row` or `rows`, as many as there are things."""
    if len(things) == 1:
        return noun
    return "classes" if noun == "class" else f"{noun}s"


def member_words(member: int, words: Sequence[str]) -> list[str]:
    """What happened inside one member of a per-task part, as its part reports it."""
    return [f"member {member}: {said}" for said in words]
