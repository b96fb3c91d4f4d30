"""A head's classes as a row of numbered cells."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Literal

from clspec.diagrams import dot, style
from clspec.diagrams.metrics import text_width
from clspec.growth import RETIRED, PartState, Snapshot

Rows = tuple[Sequence[int | None], ...]
Kind = Literal["kept", "new", "later", "born", "retired", "gap"]

MOST = 12
"""As many cells stand in a row; longer rows are folded."""

HEIGHT = 16


@dataclass(frozen=True)
class Cell:
    """One class of a head, or the gap where a row is folded."""

    text: str
    kind: Kind


def class_cells(rows: Rows, later: Sequence[int] = (), *, known: frozenset[int] | None = None) -> list[Cell]:
    """The cells of a head's rows, then of the classes to come.

    New are the classes not in `known`; where that is not told, those of the newest generation.
    """
    before = (
        known
        if known is not None
        else frozenset(class_id for part in rows[:-1] for class_id in part if class_id is not None)
    )
    cells = [_cell(position, class_id, before) for position, class_id in enumerate(c for part in rows for c in part)]
    return fold([*cells, *(Cell(str(class_id), "later") for class_id in later)])


def _cell(position: int, class_id: int | None, before: frozenset[int]) -> Cell:
    if class_id is None:
        return Cell(str(position), "born")
    if class_id == RETIRED:
        return Cell("×", "retired")
    return Cell(str(class_id), "kept" if class_id in before else "new")


def fold(cells: Sequence[Cell]) -> list[Cell]:
    """A long row with the middle of each run of one kind left out: `0 1 2 … 97 98 99`."""
    if len(cells) <= MOST:
        return list(cells)
    runs = [list(run) for _, run in groupby(cells, key=lambda cell: cell.kind)]
    head, tail = (3, 3) if len(runs) == 1 else (2, 1)
    folded: list[Cell] = []
    for run in runs:
        short = len(run) <= head + tail + 1
        folded += run if short else [*run[:head], Cell("…", "gap"), *run[-tail:]]
    # Many short runs are rare (rows retired here and there): the ends say enough.
    return folded if len(folded) <= 2 * MOST else [*folded[:MOST], Cell("…", "gap"), *folded[-3:]]


def later_classes(path: str, task: int | None, rows: Rows, later: Sequence[Snapshot]) -> list[int]:
    """The classes that the snapshots to come add to a head (of a task's member, where it has members), in order."""
    have = {class_id for part in rows for class_id in part}
    # No class is ever lost: the last snapshot has them all.
    end = member_state(later[-1].get(path), task) if later else None
    return [class_id for class_id in dict.fromkeys(known_classes(end)) if class_id not in have]


def member_state(state: PartState | None, task: int | None) -> PartState | None:
    """The state of a task's member; of the part itself where it has no members."""
    if state is None or state.members is None:
        return state
    return dict(state.members).get(task)


def known_classes(state: PartState | None) -> list[int]:
    """The classes that have a row, in row order."""
    if state is None or state.rows is None:
        return []
    return [class_id for part in state.rows for class_id in part if class_id is not None and class_id != RETIRED]


def cell_size(cells: Sequence[Cell]) -> int:
    """One width for all cells of a row."""
    widest = max((text_width(cell.text, style.TINY, bold=True) for cell in cells if cell.kind != "gap"), default=5)
    return max(14, round(widest) + 8)


def cells_width(cells: Sequence[Cell]) -> int:
    return (cell_size(cells) + 2) * len(cells) + 4


def draw_cells(cells: Sequence[Cell], width: int) -> dot.Html:
    size = cell_size(cells)
    return dot.line_of([(_draw(cell, size), size) for cell in cells], width=width, height=HEIGHT + 4, gap=2)


def _draw(cell: Cell, size: int) -> str:
    if cell.kind == "gap":
        return dot.cell(dot.text("…", style.SMALL, style.MUTED, bold=True), FIXEDSIZE="TRUE", WIDTH=size, HEIGHT=HEIGHT)
    look = style.CELLS[cell.kind]
    return dot.cell(
        dot.text(cell.text, style.TINY, look.color, bold=look.bold),
        BORDER=look.weight,
        COLOR=look.border,
        BGCOLOR=look.fill,
        STYLE=look.line,
        FIXEDSIZE="TRUE",
        WIDTH=size,
        HEIGHT=HEIGHT,
    )
