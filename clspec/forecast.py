"""Runs a plan over a stream with no torch: what will grow, be added or be frozen, and what it will cost.

The decisions are `growth`'s, the same that the torch modules follow; only the weights are missing, and counted.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from clspec import growth
from clspec.analyses import Analysis
from clspec.components.base import Growth, MemberGrowth, RowGrowth, Size
from clspec.experience import Arrival, read_experience
from clspec.growth import (
    Event,
    Frozen,
    Members,
    Moment,
    Part,
    PartState,
    Rows,
    Rule,
    Snapshot,
    Timeline,
    branching_words,
    member_words,
)

BYTES = 4
"""Of one parameter: the forecast counts float32."""


@dataclass(frozen=True)
class ForecastRow:
    """The model as it trains on one experience: after adaptation, before post_adaptation.

    `changes` are what adaptation did, `after` what post_adaptation did, both in the words of the model's own reports.
    `memory` counts bytes of parameters (float32) and buffers. `widths` are logit columns by head; of a part with one
    member a task, a mapping from task label to columns.
    """

    experience: int
    classes: tuple[int, ...]
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
        _bytes(row.memory),
        widths,
        "; ".join(changes) or "nothing changed",
    )


def _width(width: int | Mapping[int, int]) -> str:
    if isinstance(width, int):
        return str(width)
    each = [f"{task}:{columns}" for task, columns in width.items()]
    return " ".join(each if len(each) <= 6 else [*each[:2], "...", *each[-2:]])


def _bytes(count: int) -> str:
    for unit, size in (("GB", 10**9), ("MB", 10**6), ("kB", 10**3)):
        if count >= size:
            return f"{count / size:.1f} {unit}"
    return f"{count} B"


def forecast(analysis: Analysis, stream: Iterable[Any]) -> Forecast:
    """Adapts a counted model to every experience of a stream. Raises ExperienceError for what is no experience."""
    model = CountedModel(analysis)
    initial = model.states()
    rows = [model.live_through(read_experience(experience)) for experience in stream]
    return Forecast(analysis.model.title, initial, tuple(rows))


class CountedModel:
    """A model as counts: the same plan and bookkeeping as the compiled one, with numbers where it has weights."""

    def __init__(self, analysis: Analysis) -> None:
        self.plan: Sequence[Rule] = tuple(planned.rule for planned in analysis.plan.rules)
        self.per_task = analysis.model.needs_task_labels
        self.timeline = Timeline()
        self.frozen = Frozen()
        self.leaves = {path: counted(size) for path, size in analysis.sizes.items()}
        inner = [block.path for block in analysis.model.blocks()]
        self.paths = [*inner, *self.leaves]
        self.parts: dict[str, Part] = {path: _Target(self, path) for path in self.paths}
        growth.start(self.plan, self.parts)

    def live_through(self, arrival: Arrival) -> ForecastRow:
        changes: list[str] = []
        if not self.timeline.is_repeat(arrival):
            moment = self.timeline.meet(arrival, self.per_task)
            changes = growth.adapt(self.plan, self.parts, self.timeline, moment)
        states = self.states()
        total = states[""]
        buffers = sum(leaf.size.buffer_bytes for leaf in self.leaves.values())
        after = growth.finish(self.plan, self.parts, self.timeline)
        return ForecastRow(
            self.timeline.experience or 0,
            arrival.classes,
            arrival.tasks,
            tuple(changes),
            total.parameters,
            total.trainable,
            total.parameters * BYTES + buffers,
            {path: width for path, leaf in self.leaves.items() if (width := leaf.width()) is not None},
            tuple(after),
            states,
        )

    def states(self) -> dict[str, PartState]:
        leaves = {path: leaf.state(self.frozen.holds(path)) for path, leaf in self.leaves.items()}
        return {path: leaves[path] if path in leaves else _sum(path, leaves) for path in self.paths}


def _sum(path: str, leaves: Mapping[str, PartState]) -> PartState:
    inside = [state for leaf, state in leaves.items() if not path or leaf.startswith(f"{path}.")]
    return PartState(sum(state.parameters for state in inside), sum(state.trainable for state in inside))


class _Target:
    """A part of a counted model, as plans see it."""

    def __init__(self, model: CountedModel, path: str) -> None:
        self.model, self.path = model, path

    def new_to(self, event: Event, arrival: Arrival) -> bool:
        return self.model.leaves[self.path].new_to(event, arrival)

    def act(self, rule: Rule, moment: Moment | None) -> Sequence[str]:
        frozen = self.model.frozen
        if rule.action == "freeze":
            return ("frozen",) if frozen.freeze(self.path) else ()
        if rule.action == "unfreeze":
            return ("trains again",) if frozen.unfreeze(self.path) else ()
        if moment is None:
            return ()
        leaf = self.model.leaves[self.path]
        return leaf.expand(moment.arrival) if rule.action == "expand" else leaf.branch(moment.arrival)


# ---- parts as counts -----------------------------------------------------------------------------------------------


def counted(size: Growth) -> CountedPart:
    """A part as it is born."""
    if isinstance(size, RowGrowth):
        return CountedHead(Rows.unclaimed(size.initial), size.row)
    if isinstance(size, MemberGrowth):
        return CountedMembers(size.member)
    return CountedPart(size)


class CountedPart:
    """A part that does not grow."""

    def __init__(self, size: Size) -> None:
        self._size = size

    @property
    def size(self) -> Size:
        return self._size

    def state(self, frozen: bool) -> PartState:
        return PartState(self.size.parameters, 0 if frozen else self.size.parameters)

    def width(self) -> int | Mapping[int, int] | None:
        return None

    def new_to(self, event: Event, arrival: Arrival) -> bool:
        return False

    def expand(self, arrival: Arrival) -> Sequence[str]:
        return ()

    def branch(self, arrival: Arrival) -> Sequence[str]:
        return ()


class CountedHead(CountedPart):
    """A head that grows by rows."""

    def __init__(self, rows: Rows, row: Size) -> None:
        super().__init__(Size())
        self.rows, self.row = rows, row

    @property
    def size(self) -> Size:
        return self.row * len(self.rows.flat)

    def state(self, frozen: bool) -> PartState:
        parameters = self.size.parameters
        rows = tuple(tuple(generation) for generation in self.rows.generations)
        return PartState(parameters, 0 if frozen else parameters, rows=rows)

    def width(self) -> int:
        return self.rows.width

    def new_to(self, event: Event, arrival: Arrival) -> bool:
        return event == "new_class" and bool(self.rows.new(arrival.classes))

    def expand(self, arrival: Arrival) -> Sequence[str]:
        expansion = self.rows.expand(arrival.classes)
        return expansion.words() if expansion else ()


class CountedMembers(CountedPart):
    """A part with one member a task."""

    def __init__(self, member: RowGrowth | Size) -> None:
        super().__init__(Size())
        self.member, self.tasks = member, Members()
        self.members = [counted(member)]

    @property
    def size(self) -> Size:
        return sum((member.size for member in self.members), Size())

    def state(self, frozen: bool) -> PartState:
        members = tuple(zip(self.tasks.tasks, (member.state(frozen) for member in self.members), strict=True))
        parameters = self.size.parameters
        return PartState(parameters, 0 if frozen else parameters, members=members)

    def width(self) -> Mapping[int, int] | None:
        if isinstance(self.member, Size):
            return None
        widths = [member.width() for member in self.members]
        return {task: width for task, width in zip(self.tasks.known, widths, strict=True) if isinstance(width, int)}

    def new_to(self, event: Event, arrival: Arrival) -> bool:
        if event == "new_task":
            return bool(self.tasks.new(arrival.tasks))
        return any(head.new_to(event, own) for _, head, own in self._heads(arrival))

    def branch(self, arrival: Arrival) -> Sequence[str]:
        changes: list[str] = []
        for branching in self.tasks.branch(arrival.tasks):
            grows = isinstance(self.member, RowGrowth)
            classes = arrival.classes_by_task[branching.task] if grows else ()
            if not branching.claimed:
                born = self.member
                self.members.append(
                    CountedHead(Rows.of(classes), born.row) if isinstance(born, RowGrowth) else counted(born)
                )
            changes.append(branching_words(branching, classes))
        return changes

    def expand(self, arrival: Arrival) -> Sequence[str]:
        return [said for member, head, own in self._heads(arrival) for said in member_words(member, head.expand(own))]

    def _heads(self, arrival: Arrival) -> list[tuple[int, CountedHead, Arrival]]:
        found: list[tuple[int, CountedHead, Arrival]] = []
        for task, classes in arrival.classes_by_task.items():
            position = self.tasks.member(task)
            member = None if position is None else self.members[position]
            if position is not None and isinstance(member, CountedHead):
                found.append((position, member, Arrival(arrival.index, {task: classes}, arrival.has_classes)))
        return found
