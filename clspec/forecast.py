"""Runs a plan over a stream with no torch: what will grow, be added or be frozen, and what it will cost."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from clspec import growth
from clspec.analyses import Analysis
from clspec.counting import CountedModel
from clspec.experience import read_experience
from clspec.growth import Snapshot


@dataclass(frozen=True)
class ForecastRow:
    """The model as it trains on one experience: after adaptation, before post_adaptation.

    `changes` are what adaptation did, `after` what post_adaptation did, both in the words of the model's own reports.
    `memory` counts bytes of parameters (float32) and buffers. `widths` are logit columns by head; of a part with one
    member a task, a mapping from task label to columns.
    """

    experience: int
    classes: Sequence[int]
    task_labels: tuple[int, ...]
    changes: tuple[str, ...]
    parameters: int
    trainable: int
    memory: int
    widths: Mapping[str, int | Mapping[int, int]]
    after: tuple[str, ...]
    states: Snapshot = field(repr=False)

    def to_dict(self) -> dict[str, Any]:
        return {
            "experience": self.experience,
            "classes": list(self.classes),
            "task_labels": list(self.task_labels),
            "changes": list(self.changes),
            "parameters": self.parameters,
            "trainable": self.trainable,
            "memory": self.memory,
            "widths": {path: width if isinstance(width, int) else dict(width) for path, width in self.widths.items()},
            "after": list(self.after),
        }


@dataclass(frozen=True)
class Forecast:
    """A model over a stream; `initial` is its state as it is born. Prints as a table."""

    model: str
    initial: Snapshot = field(repr=False)
    rows: tuple[ForecastRow, ...]

    def to_dict(self) -> dict[str, Any]:
        return {"experiences": [row.to_dict() for row in self.rows]}

    def __str__(self) -> str:
        head = ("experience", "classes", "tasks", "parameters", "trainable", "memory", "widths", "changes")
        table = [head, *(_cells(row) for row in self.rows)]
        widths = [max(len(cells[column]) for cells in table) for column in range(len(head))]
        right = {0, 3, 4, 5}
        lines: list[str] = []
        for cells in table:
            padded = [
                cell.rjust(width) if column in right else cell.ljust(width)
                for column, (cell, width) in enumerate(zip(cells, widths, strict=True))
            ]
            lines.append("  ".join(padded).rstrip())
        return "\n".join(lines)


def _cells(row: ForecastRow) -> tuple[str, ...]:
    widths = ", ".join(f"{path} {_width(width)}" for path, width in row.widths.items())
    changes = [*row.changes, *(f"after: {words}" for words in row.after)]
    return (
        str(row.experience),
        growth.spell(row.classes) or "-",
        growth.spell(row.task_labels),
        f"{row.parameters:,}",
        f"{row.trainable:,}",
        spell_bytes(row.memory),
        widths,
        "; ".join(changes) or "nothing changed",
    )


def _width(width: int | Mapping[int, int]) -> str:
    if isinstance(width, int):
        return str(width)
    each = [f"{task}:{columns}" for task, columns in width.items()]
    return " ".join(each if len(each) <= 6 else [*each[:2], "...", *each[-2:]])


def spell_bytes(count: int) -> str:
    """`1.2 MB`."""
    for unit, size in (("GB", 10**9), ("MB", 10**6), ("kB", 10**3)):
        if count >= size:
            return f"{count / size:.1f} {unit}"
    return f"{count} B"


def forecast(analysis: Analysis, stream: Iterable[Any]) -> Forecast:
    """Adapts a counted model to every experience of a stream. Raises ExperienceError for what is no experience."""
    model = CountedModel(analysis)
    initial = model.states()
    rows = [_live_through(model, experience) for experience in stream]
    return Forecast(analysis.model.title, initial, tuple(rows))


def _live_through(model: CountedModel, experience: Any) -> ForecastRow:
    arrival = read_experience(experience)
    changes = model.adapt(experience, arrival)
    states, widths, memory = model.states(), model.widths(), model.memory()
    total = states[""]
    after = model.finish()
    return ForecastRow(
        model.experience,
        arrival.classes,
        arrival.tasks,
        tuple(changes),
        total.parameters,
        total.trainable,
        memory,
        widths,
        tuple(after),
        states,
    )
