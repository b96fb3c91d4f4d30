"""A model as counts: the same plan and bookkeeping as the compiled one, with numbers where that has weights."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import cast

from clspec import growth
from clspec.analyses import Analysis
from clspec.components.growing import ColumnGrowth, Growth, MemberGrowth, RowGrowth, Size
from clspec.experience import Arrival
from clspec.growth import (
    ALIGNED,
    OBSERVED,
    RESET,
    Event,
    Frozen,
    Members,
    Moment,
    Part,
    PartState,
    Rows,
    Rule,
    Series,
    Slice,
    Snapshot,
    Timeline,
    branching_words,
    holding_words,
    member_words,
    reached,
    tree_of_paths,
)

BYTES = 4
"""Of one parameter: float32 is counted."""


class CountedModel:
    """Adapts as the compiled model does: the decisions are `growth`'s, the same that the torch modules follow."""

    def __init__(self, analysis: Analysis) -> None:
        self.plan: Sequence[Rule] = tuple(planned.rule for planned in analysis.plan.rules)
        self.per_task = analysis.model.needs_task_labels
        self.timeline = Timeline()
        self.seen: object = None
        self.frozen = Frozen()
        self.leaves = {path: counted(size) for path, size in analysis.sizes.items()}
        whole = [part.path for part in analysis.model.walk() if part.role != "input"]
        self.paths = list(dict.fromkeys(["", *whole, *self.leaves]))
        self.parts: dict[str, Part] = {rule.target: _Target(self, rule.part) for rule in self.plan}
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

    def memory(self, path: str = "") -> int:
        """Bytes of the parameters, in float32, and the buffers of the part at a path; "": of all."""
        return sum(leaf.size.parameters * BYTES + leaf.size.buffer_bytes for _, leaf in self.inside(path))

    def parameters(self, path: str = "") -> int:
        return sum(leaf.size.parameters for _, leaf in self.inside(path))

    def trainable(self, path: str = "") -> int:
        """Parameters that do not stand still."""
        return sum(leaf.trainable(at, self.frozen) for at, leaf in self.inside(path))

    def inside(self, path: str) -> list[tuple[str, CountedPart]]:
        """The counted parts at a path, and below it."""
        return [(at, leaf) for at, leaf in self.leaves.items() if not path or at == path or at.startswith(f"{path}.")]

    def widths(self) -> dict[str, int | Mapping[int, int]]:
        """Logit columns by head; of a part with one member a task, by task label."""
        widths = {path: leaf.width() for path, leaf in self.leaves.items()}
        return {path: width for path, width in widths.items() if width is not None}

    def states(self) -> Snapshot:
        leaves = {path: leaf.state(path, self.frozen) for path, leaf in self.leaves.items()}
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
        leaf = self.model.leaves.get(self.path)
        series = None if leaf is None else leaf.series
        if rule.action in ("freeze", "unfreeze"):
            frozen = self.model.frozen
            act = frozen.freeze if rule.action == "freeze" else frozen.unfreeze
            paths = reached(rule, series, tree_of_paths(self._names()) if rule.bounds else {})
            return (holding_words(rule),) if act(*paths) else ()
        if rule.action == "reset":
            return (RESET,) if reached(rule, series, {}) else ()
        if moment is None or leaf is None:
            return ()
        if rule.action == "observe":
            return (OBSERVED,) if moment.arrival.classes and reached(rule, series, {}) else ()
        if rule.action == "align":
            return leaf.align(rule.slices, moment.arrival)
        return leaf.expand(moment.arrival) if rule.action == "expand" else leaf.branch(moment.arrival)

    def _names(self) -> list[str]:
        """What is inside it, in forward order; it may itself be inside a part that is counted."""
        return [
            full.removeprefix(f"{self.path}.")
            for owner, leaf in self.model.leaves.items()
            for full in (f"{owner}.{name}" for name, _ in leaf.size.inside)
            if full.startswith(f"{self.path}.")
        ]


# ---- parts as counts -----------------------------------------------------------------------------------------------


def counted(size: Growth, classes: Sequence[int] | None = None) -> CountedPart:
    """A part as it is born; `classes` are those of a head that `branch` adds."""
    if isinstance(size, RowGrowth):
        born = Rows.unclaimed(size.initial, size.compact, size.reserve)
        return CountedHead(born if classes is None else born.with_classes(classes), size)
    if isinstance(size, MemberGrowth):
        return CountedMembers("members", "member", lambda _, classes: counted(size.member, classes))
    if isinstance(size, ColumnGrowth):
        return CountedMembers("columns", "column", lambda position, _: counted(size.at(position)))
    return CountedPart(size)


class CountedPart:
    """A part that does not grow."""

    def __init__(self, size: Size) -> None:
        self._size = size

    @property
    def size(self) -> Size:
        return self._size

    @property
    def series(self) -> Series | None:
        """What it has grown, as slices reach it."""
        return None

    def trainable(self, path: str, frozen: Frozen) -> int:
        """Parameters that do not stand still, of the part at a path; one of several names, by none of them."""

        def held(name: str) -> bool:
            return frozen.holds(f"{path}.{name}".rstrip("."))

        free = sum(count for name, count in self.size.inside or (("", self.size.parameters),) if not held(name))
        tied = sum(count for count, (first, *others) in self.size.tied if not held(first) and any(map(held, others)))
        return free - tied

    def state(self, path: str, frozen: Frozen) -> PartState:
        return PartState(self.size.parameters, self.trainable(path, frozen))

    def width(self) -> int | Mapping[int, int] | None:
        return None

    def new_to(self, event: Event, arrival: Arrival) -> bool:
        return False

    def expand(self, arrival: Arrival) -> Sequence[str]:
        return ()

    def branch(self, arrival: Arrival) -> Sequence[str]:
        return ()

    def align(self, slices: Sequence[Slice], arrival: Arrival) -> Sequence[str]:
        return ()


class CountedHead(CountedPart):
    """A head that grows by rows."""

    def __init__(self, rows: Rows, each: RowGrowth) -> None:
        super().__init__(Size())
        self.rows, self.each = rows, each

    @property
    def size(self) -> Size:
        return self.each.row * self.rows.total + self.each.shared

    @property
    def series(self) -> Series:
        return self.rows.series

    def trainable(self, path: str, frozen: Frozen) -> int:
        if not frozen.parts:
            return self.size.parameters
        trainable, name = 0 if frozen.holds(path) else self.each.shared.parameters, self.series.name
        for number, generation in enumerate(self.rows.generations):
            if not frozen.holds(f"{path}.{name}.{number}"):
                trainable += self.each.row.parameters * len(generation)
        return trainable

    def state(self, path: str, frozen: Frozen) -> PartState:
        rows = tuple(self.rows.generations)
        return PartState(self.size.parameters, self.trainable(path, frozen), rows=rows)

    def width(self) -> int:
        return self.rows.width

    def new_to(self, event: Event, arrival: Arrival) -> bool:
        return event == "new_class" and bool(self.rows.new(arrival.classes))

    def expand(self, arrival: Arrival) -> Sequence[str]:
        self.rows, expansion = self.rows.expand(arrival.classes)
        return expansion.words() if expansion else ()

    def align(self, slices: Sequence[Slice], arrival: Arrival) -> Sequence[str]:
        return (ALIGNED,) if self.rows.alignable else ()


class CountedMembers(CountedPart):
    """A part with one member, or column, a task.

    `make(position, classes)` gives one; `classes` None: as it is born.
    """

    def __init__(self, name: str, noun: str, make: Callable[[int, Sequence[int] | None], CountedPart]) -> None:
        super().__init__(Size())
        self.name, self.noun, self.make = name, noun, make
        self.tasks = Members()
        self.members = [make(0, None)]

    @property
    def size(self) -> Size:
        return sum((member.size for member in self.members), Size())

    @property
    def series(self) -> Series:
        return Series(self.name, tuple(member.series for member in self.members))

    def trainable(self, path: str, frozen: Frozen) -> int:
        return sum(member.trainable(f"{path}.{self.name}.{at}", frozen) for at, member in enumerate(self.members))

    def state(self, path: str, frozen: Frozen) -> PartState:
        states = [member.state(f"{path}.{self.name}.{number}", frozen) for number, member in enumerate(self.members)]
        members = tuple(zip(self.tasks.tasks, states, strict=True))
        trainable = sum(state.trainable for state in states)
        return PartState(self.size.parameters, trainable, members=members)

    def width(self) -> Mapping[int, int] | None:
        widths = {task: member.width() for task, member in zip(self.tasks.known, self.members, strict=True)}
        found = {task: width for task, width in widths.items() if isinstance(width, int)}
        return found if len(found) == len(widths) else None

    def new_to(self, event: Event, arrival: Arrival) -> bool:
        if event == "new_task":
            return bool(self.tasks.new(arrival.tasks))
        if not isinstance(self.members[0], CountedHead):
            return False
        heads = cast("list[CountedHead]", self.members)
        return self.tasks.brings_classes(arrival, lambda at: heads[at].rows)

    def branch(self, arrival: Arrival) -> Sequence[str]:
        changes: list[str] = []
        self.tasks, done = self.tasks.branch(arrival.tasks)
        for branching in done:
            classes = arrival.classes_by_task[branching.task]
            if not branching.claimed:
                self.members.append(self.make(branching.member, classes))
            grows = isinstance(self.members[branching.member], CountedHead)
            changes.append(branching_words(branching, classes if grows else (), self.noun))
        return changes

    def expand(self, arrival: Arrival) -> Sequence[str]:
        return [said for member, head, own in self._heads(arrival) for said in member_words(member, head.expand(own))]

    def align(self, slices: Sequence[Slice], arrival: Arrival) -> Sequence[str]:
        if slices:
            picked = [self.members[number] for number in slices[0].of(len(self.members))]
            return (ALIGNED,) if any(member.align((), arrival) for member in picked) else ()
        touched = {self.tasks.member(task) for task in arrival.tasks}
        aligned = [(at, each.align((), arrival)) for at, each in enumerate(self.members) if at in touched]
        return [said for at, words in aligned for said in member_words(at, words)]

    def _heads(self, arrival: Arrival) -> list[tuple[int, CountedHead, Arrival]]:
        found: list[tuple[int, CountedHead, Arrival]] = []
        for task, classes in arrival.classes_by_task.items():
            position = self.tasks.member(task)
            member = None if position is None else self.members[position]
            if position is not None and isinstance(member, CountedHead):
                found.append((position, member, Arrival(arrival.index, {task: classes}, arrival.has_classes)))
        return found
