"""The cards of one experience in the filmstrip: the top-level parts, changed or not."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from clspec.diagrams import dot, style
from clspec.diagrams.cards import Card, Chip, Line, state_chip
from clspec.diagrams.cells import Cell, class_cells, known_classes, later_classes
from clspec.diagrams.changes import about, leaves, part_changes, unclaimed
from clspec.diagrams.parts import FITS, answering, count, frozen_share
from clspec.diagrams.scene import NOTHING, Box, Frame, Scene
from clspec.growth import PartState, Snapshot

MOST_PARTS = 6
"""From here on, neighbours that never change share a card."""

MOST_ROWS = 5
"""As many tasks of a part have a row of cells; of more the first and the last two."""


@dataclass(frozen=True)
class Part:
    """A top-level part, or several neighbours that never change."""

    boxes: Sequence[Box]


@dataclass(frozen=True)
class Picture:
    """One frame of the strip: its heading, its cards, and which of them changed.

    `lead` and `trail` stand before and after the heading where the strip breaks into rows.
    """

    id: str
    name: str
    facts: tuple[str, ...]
    cards: tuple[Card, ...]
    changed: tuple[int, ...]
    tooltip: str
    lead: str = ""
    trail: str = ""


def shown_parts(scene: Scene, initial: Snapshot, frames: Sequence[Frame]) -> list[Part]:
    """The parts that stand in each frame; inputs do not change and are left out."""
    boxes = [box for box in scene.boxes if box.role != "input"]
    if len(boxes) <= MOST_PARTS:
        return [Part([box]) for box in boxes]
    states = [initial, *(frame.states for frame in frames)]
    parts: list[Part] = []
    still = False
    for box in boxes:
        changes = any(
            part_changes(box, before, frame.states, frame.changes)
            for before, frame in zip(states, frames, strict=False)
        )
        if not changes and still and parts:
            parts[-1] = Part([*parts[-1].boxes, box])
        else:
            parts.append(Part([box]))
        still = not changes
    return parts


def frame_cards(
    scene: Scene, parts: Sequence[Part], frame: Frame, before: Snapshot, later: Sequence[Frame]
) -> tuple[list[Card], list[int]]:
    """The cards of a frame, and the positions of those that the experience changed."""
    cards: list[Card] = []
    changed: list[int] = []
    for position, part in enumerate(parts):
        if len(part.boxes) > 1:
            cards.append(_still_card(part, frame))
            continue
        words = part_changes(part.boxes[0], before, frame.states, frame.changes)
        cards.append(_card(scene, part.boxes[0], words, frame, before, later=later))
        if words:
            changed.append(position)
    return cards, changed


def _card(
    scene: Scene, box: Box, words: Sequence[str], frame: Frame, before: Snapshot, *, later: Sequence[Frame]
) -> Card:
    state = frame.states.get(box.path, NOTHING)
    lines = [line for leaf in leaves(box) for line in _rows(leaf, box, frame, before, later)]
    if not lines:
        lines = [Line(_kind(box))] if _kind(box) else []
    grown = state.parameters - before.get(box.path, state).parameters
    size = count(state.parameters) + (f" · +{grown:,}" if grown > 0 else "")
    without = FITS if all(leaf.fits for leaf in leaves(box)) else "nothing to train"
    lines.append(Line(size if state.parameters else without, style.SMALL, style.MUTED))
    look = style.CHANGED if words else style.LOOKS[_word(state)] if _word(state) else style.FIXED
    chips = [Chip(word, style.ORANGE, filled=True) for word in words]
    # What an experience changed in a part may leave it frozen: the state stays told beside it.
    if _word(state) and (not words or ("FROZEN" in _word(state) and f"NOW {_word(state)}" not in words)):
        chips.append(state_chip(_word(state)))
    said = "; ".join(line for line in frame.changes if about(line, box.path))
    return Card(
        f"e{frame.number}.{box.path}",
        box.name,
        look,
        tuple(chips),
        tuple(lines),
        0.0 if any(line.cells for line in lines) else frozen_share(state),
        f"{box.path} in experience {frame.number}: {said or ', '.join(words).lower() or 'unchanged'}",
        dot.link(box.file or scene.file, box.line),
        muted=not words,
        paths=(box.path,),
    )


def _word(state: PartState) -> str:
    return "" if state.state == "fixed" else state.state.upper()


def _kind(box: Box) -> str:
    return " · ".join(fact for fact in (box.title, *box.details[:1]) if fact)


def _still_card(part: Part, frame: Frame) -> Card:
    first, last = part.boxes[0], part.boxes[-1]
    states = [frame.states.get(box.path, NOTHING) for box in part.boxes]
    total = PartState(sum(state.parameters for state in states), sum(state.trainable for state in states))
    name = f"{first.name} … {last.name}"
    word = _word(total)
    return Card(
        f"e{frame.number}.{first.path}",
        name,
        style.LOOKS[word] if word else style.FIXED,
        (state_chip(word),) if word else (),
        (Line(f"{len(part.boxes)} parts that never change"), Line(count(total.parameters), style.SMALL, style.MUTED)),
        frozen_share(total),
        f"{name}: {', '.join(box.path for box in part.boxes)}",
        muted=True,
        paths=tuple(box.path for box in part.boxes),
    )


# ---- rows of cells -------------------------------------------------------------------------------------------------


def _rows(leaf: Box, box: Box, frame: Frame, before: Snapshot, later: Sequence[Frame]) -> list[Line]:
    """The cells of a head, or of a part's tasks, with a head's own name where it stands inside a group."""
    state, old = frame.states.get(leaf.path, NOTHING), before.get(leaf.path, NOTHING)
    snapshots = [coming.states for coming in later]
    lines: list[Line] = []
    if state.members is not None:
        lines = _task_rows(leaf, state, old, snapshots)
    elif state.rows is not None:
        cells = class_cells(
            state.rows, later_classes(leaf.path, None, state.rows, snapshots), known=frozenset(known_classes(old))
        )
        lines = [_width_line(leaf, state, old), *([Line(cells=tuple(cells))] if cells else [])]
    if lines and leaf is not box:
        lines.insert(0, Line(leaf.path.removeprefix(f"{box.path}."), style.SMALL, style.INK, bold=True))
    return lines


def _width_line(leaf: Box, state: PartState, old: PartState) -> Line:
    now, was = answering(state.rows or ()), 0 if unclaimed(old) else answering(old.rows or ())
    width = f"{leaf.width_in} → {now}" if leaf.width_in else count(now, "row")
    return Line(f"{width}  (was {was})" if 0 < was < now else width)


def _task_rows(leaf: Box, state: PartState, old: PartState, later: Sequence[Snapshot]) -> list[Line]:
    """A row a task, the middle ones folded, and a word on the tasks to come."""
    members = list(state.members or ())
    olds = dict(old.members or ())
    rows = [_task_row(leaf, position, task, member, olds) for position, (task, member) in enumerate(members)]
    if len(rows) > MOST_ROWS:
        hidden = f"… {len(rows) - 3} {'columns' if leaf.columns else 'tasks'} …"
        rows = [rows[0], Line(hidden, style.SMALL, style.MUTED), *rows[-2:]]
    known = {task for task, _ in members}
    coming = dict.fromkeys(
        task
        for states in later
        for task, _ in states.get(leaf.path, NOTHING).members or ()
        if task is not None and task not in known
    )
    lead = max((row.words_width for row in rows if row.cells), default=0)
    rows = [replace(row, lead=lead) if row.cells else row for row in rows]
    return [*rows, *([Line(_later_words(list(coming)), style.SMALL, style.MUTED)] if coming else [])]


def _task_row(leaf: Box, position: int, task: int | None, member: PartState, olds: dict[int | None, PartState]) -> Line:
    label = f"task {task or 0}"
    if leaf.columns:
        label = f"column {position} · {label}"
    if member.rows is None:
        label += " · frozen" if member.state == "frozen" else ""
        return Line(label, style.SMALL, style.INK, bold=task not in olds)
    cells: list[Cell] = class_cells(member.rows, known=frozenset(known_classes(olds.get(task))))
    return Line(label, style.SMALL, style.INK, bold=task not in olds, cells=tuple(cells))


def _later_words(tasks: Sequence[int]) -> str:
    if len(tasks) == 1:
        return f"task {tasks[0]} later"
    return f"tasks {tasks[0]} and {tasks[1]} later" if len(tasks) == 2 else f"tasks {tasks[0]} … {tasks[-1]} later"
