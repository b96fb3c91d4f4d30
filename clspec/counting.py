"""A model as counts: the same plan and bookkeeping as the compiled one, with numbers where that has weights."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from clspec import growth
from clspec.analyses import Analysis
from clspec.components.base import Growth, MemberGrowth, RowGrowth, Size
from clspec.experience import Arrival
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


class CountedModel:
    """Adapts as the compiled model does: the decisions are `growth`'s, the same that the torch modules follow."""

    def __init__(self, analysis: Analysis) -> None:
        self.plan: Sequence[Rule] = tuple(planned.rule for planned in analysis.plan.rules)
        self.per_task = analysis.model.needs_task_labels
        self.timeline = Timeline()
        self.seen: object = None
        self.frozen = Frozen()
        self.leaves = {path: counted(size) for path, size in analysis.sizes.items()}
        self.paths = [*(block.path for block in analysis.model.blocks()), *self.leaves]
        self.parts: dict[str, Part] = {path: _Target(self, path) for path in self.paths}
        growth.start(self.plan, self.parts)

    def adapt(self, experience: object, arrival: Arrival) -> list[str]:
        """Adapts to an experience, read as `arrival`; the changes in words."""
        if experience is self.seen or self.timeline.is_repeat(arrival):
            return []
        self.seen = experience
        moment = self.timeline.meet(arrival, self.per_task)
        return growth.adapt(self.plan, self.parts, self.timeline, moment)

    def finish(self) -> list[str]:
        """Runs the `after` rules that wait; the changes in words."""
        return growth.finish(self.plan, self.parts, self.timeline)

    @property
    def experience(self) -> int:
        """The number of the last experience."""
        return self.timeline.experience or 0

    @property
    def buffer_bytes(self) -> int:
        return sum(leaf.size.buffer_bytes for leaf in self.leaves.values())

    def widths(self) -> dict[str, int | Mapping[int, int]]:
        """Logit columns by head; of a part with one member a task, by task label."""
        widths = {path: leaf.width() for path, leaf in self.leaves.items()}
        return {path: width for path, width in widths.items() if width is not None}

    def states(self) -> Snapshot:
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
