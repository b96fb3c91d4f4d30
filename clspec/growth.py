"""The one meaning of growth: which rules fire, who claims which row, and what a change is called.

Pure Python. The torch modules of `clspec.nn` and the torch-free forecast both hold these objects and run the same
plan through `run`, so what is predicted is what happens.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal, Protocol

from clspec.experience import Arrival

Event = Literal["start", "new_class", "new_task", "experience"]
Verb = Literal["freeze", "unfreeze", "reset", "expand", "branch", "observe", "align"]

RETIRED = -1
"""Stands for the class of a row that was born but not claimed at the first growth: it answers for no class."""


# ---- the plan ------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Trigger:
    """When a rule fires.

    `first` and `last` (included; None: no end) count experiences from 0; `after`: once the experience has ended.
    """

    event: Event
    first: int = 0
    last: int | None = None
    after: bool = False

    def __str__(self) -> str:
        if self.event == "start":
            return "from the start"
        words = self.event
        if self.event == "experience" and (self.first, self.last) != (0, None):
            last = "" if self.last is None else self.last
            words += f" {self.first}" if self.first == self.last else f" {self.first}..{last}"
        return f"{'after' if self.after else 'when'} {words}"


class on:
    """The triggers, as generated code spells them: `on.new_class`, `on.experience(2)`, `on.after(on.new_task)`."""

    start = Trigger("start")
    new_class = Trigger("new_class")
    new_task = Trigger("new_task")

    @staticmethod
    def experience(first: int = 0, last: int | None = None) -> Trigger:
        """Every experience from number `first` to number `last`, both included; `last=None`: without end."""
        return Trigger("experience", first, last)

    @staticmethod
    def after(trigger: Trigger) -> Trigger:
        """The same trigger, acting once training on that experience has ended."""
        return Trigger(trigger.event, trigger.first, trigger.last, after=True)


@dataclass(frozen=True)
class Rule:
    """One row of a plan: when, what, on which part (its dotted path in the model; "" is the model itself).

    `until` and `since` bound a freeze or unfreeze inside a backbone, both ends included. `own` marks a rule that came
    with a component: its `new_class` and `new_task` mean new to that part, a written rule's mean new to the model.
    """

    trigger: Trigger
    action: Verb
    target: str
    until: str | None = None
    since: str | None = None
    own: bool = False

    def __str__(self) -> str:
        bound = f" until {self.until}" if self.until else f" from {self.since}" if self.since else ""
        return f"{self.trigger}: {self.action} {self.target or 'self'}{bound}"


# ---- what a head and a per-task part hold --------------------------------------------------------------------------


@dataclass(frozen=True)
class Expansion:
    """What one growth did to a head's rows.

    `claimed` pairs born rows with the classes they now answer for, `retired` counts the born rows left over, `added`
    are the classes of the rows appended, in `generation`.
    """

    claimed: tuple[tuple[int, int], ...]
    retired: int
    added: tuple[int, ...]
    generation: int

    def words(self) -> list[str]:
        said: list[str] = []
        if self.claimed:
            rows = [row for row, _ in self.claimed]
            classes = [class_id for _, class_id in self.claimed]
            said.append(f"{_count(rows, 'row')} {spell(rows)} for {_count(classes, 'class')} {spell(classes)}")
        if self.retired:
            said.append(f"{self.retired} {_count(range(self.retired), 'row')} retired")
        if self.added:
            said.append(
                f"+{len(self.added)} {_count(self.added, 'row')} for {_count(self.added, 'class')} {spell(self.added)}"
            )
        return said


@dataclass
class Rows:
    """Which class sits in which row of a head, generation by generation.

    A class id stands in each row; None where the row is born but not claimed yet, RETIRED where it never will be.
    `born` rows exist from the start; what the first growth adds to them belongs to generation 0 too.
    """

    generations: list[list[int | None]]
    born: int

    @classmethod
    def unclaimed(cls, initial: int) -> Rows:
        """A head as it is born: `initial` rows that answer as classes 0, 1, ... until the first classes arrive."""
        return cls([[None] * initial], initial)

    @classmethod
    def of(cls, classes: Sequence[int]) -> Rows:
        """A head born with exactly these classes (a member that `branch` adds)."""
        return cls([list(classes)] if classes else [], len(classes))

    @property
    def flat(self) -> list[int | None]:
        return [class_id for generation in self.generations for class_id in generation]

    @property
    def claimed(self) -> bool:
        return None not in self.generations[0] if self.generations else True

    @property
    def classes(self) -> list[int]:
        """The classes that have a row, in row order."""
        return [class_id for class_id in self.flat if class_id is not None and class_id != RETIRED]

    @property
    def width(self) -> int:
        """Number of logit columns: the column is the class id, so one more than the highest class with a row."""
        return max(self.classes, default=-1) + 1 if self.claimed else self.born

    @property
    def columns(self) -> list[tuple[int, int]]:
        """(row, column) of every row that answers; an unclaimed row i answers as class i."""
        if not self.claimed:
            return [(row, row) for row in range(self.born)]
        return [(row, class_id) for row, class_id in enumerate(self.flat) if class_id not in (None, RETIRED)]  # type: ignore[misc]

    def new(self, classes: Iterable[int]) -> tuple[int, ...]:
        """Those of `classes` that have no row yet, ascending."""
        return tuple(sorted(set(classes) - set(self.classes)))

    def expand(self, classes: Iterable[int]) -> Expansion | None:
        """Gives every class a row: the first ones claim what was born, later ones make a generation.

        None where no class is new.
        """
        new = self.new(classes)
        if not new:
            return None
        if self.claimed:
            self.generations.append(list(new))
            return Expansion((), 0, new, len(self.generations) - 1)
        rows: list[int | None] = list(range(self.born))
        claimed = tuple(zip(range(self.born), new, strict=False))
        added = new[self.born :]
        retired = max(self.born - len(new), 0)
        rows = [*(class_id for _, class_id in claimed), *[RETIRED] * retired, *added]
        self.generations[0] = rows
        return Expansion(claimed, retired, added, 0)

    def to_json(self) -> dict[str, Any]:
        return {"generations": self.generations, "born": self.born}

    @classmethod
    def from_json(cls, saved: Mapping[str, Any]) -> Rows:
        return cls([list(generation) for generation in saved["generations"]], int(saved["born"]))


@dataclass(frozen=True)
class Branching:
    """A task's member: the born one claimed, or a new one appended, at position `member`."""

    task: int
    member: int
    claimed: bool


@dataclass
class Members:
    """Which task each member of a per-task part answers for; None: born, not claimed yet (it answers as task 0)."""

    tasks: list[int | None] = field(default_factory=lambda: [None])

    @property
    def claimed(self) -> bool:
        return None not in self.tasks

    @property
    def known(self) -> list[int]:
        """The task labels that have a member, in order of arrival; the unclaimed born member answers as task 0."""
        return [0 if task is None else task for task in self.tasks]

    def new(self, tasks: Iterable[int]) -> tuple[int, ...]:
        """Those of `tasks` that have no member yet, in the order given."""
        have = {task for task in self.tasks if task is not None}
        return tuple(dict.fromkeys(task for task in tasks if task not in have))

    def member(self, task: int) -> int | None:
        """Position of the member that answers for a task, None where there is none."""
        known = self.known
        return known.index(task) if task in known else None

    def branch(self, tasks: Iterable[int]) -> list[Branching]:
        """Gives every task a member: the first new one claims the born member, each later one is appended."""
        done: list[Branching] = []
        for task in self.new(tasks):
            if not self.claimed:
                self.tasks[0] = task
                done.append(Branching(task, 0, claimed=True))
            else:
                self.tasks.append(task)
                done.append(Branching(task, len(self.tasks) - 1, claimed=False))
        return done


# ---- what stands still ----------------------------------------------------------------------------------------------


@dataclass
class Frozen:
    """Which parts `freeze` holds, by dotted path; the nearest entry at or above a path decides for it.

    False stands for a part that trains inside a frozen one.
    """

    parts: dict[str, bool] = field(default_factory=dict[str, bool])

    def holds(self, path: str) -> bool:
        """Whether a part, or a parameter, of this path stands still."""
        while path:
            if path in self.parts:
                return self.parts[path]
            path = path.rpartition(".")[0]
        return self.parts.get("", False)

    def freeze(self, path: str) -> bool:
        """Holds a part with everything in it; whether that changed anything."""
        return self._set(path, stand_still=True)

    def unfreeze(self, path: str) -> bool:
        """Lets a part with everything in it train again; whether that changed anything."""
        return self._set(path, stand_still=False)

    def _set(self, path: str, stand_still: bool) -> bool:
        inside = [part for part in self.parts if not path or part == path or part.startswith(f"{path}.")]
        changed = self.holds(path) != stand_still or any(self.parts[part] != stand_still for part in inside)
        for part in inside:
            del self.parts[part]
        if self.holds(path) != stand_still:
            self.parts[path] = stand_still
        return changed


# ---- what a model remembers ----------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Moment:
    """An experience as it meets a model: its number, and what of it is new to the model."""

    number: int
    arrival: Arrival
    new_classes: bool
    new_tasks: bool


@dataclass
class Timeline:
    """What a model remembers of the experiences it was adapted to; it is saved with the model.

    `pending` are the positions in the plan of the `after` rules that wait for `post_adaptation`.
    """

    experience: int | None = None
    last: Arrival | None = None
    tasks: list[int] = field(default_factory=list[int])
    classes: set[tuple[int, int]] = field(default_factory=set[tuple[int, int]])
    pending: list[int] = field(default_factory=list[int])

    def is_repeat(self, arrival: Arrival) -> bool:
        """Whether this is the experience the model was last adapted to: equal index (not None), classes and tasks."""
        return self.last is not None and arrival.index is not None and arrival == self.last

    def meet(self, arrival: Arrival, per_task: bool) -> Moment:
        """What this experience is to the model, remembering nothing.

        With `per_task`, a class is new as a pair with its task.
        """
        number = arrival.index if arrival.index is not None else 0 if self.experience is None else self.experience + 1
        pairs = {(task, class_id) for task, classes in arrival.classes_by_task.items() for class_id in classes}
        if per_task:
            fresh = bool(pairs - self.classes)
        else:
            fresh = bool({class_id for _, class_id in pairs} - {class_id for _, class_id in self.classes})
        return Moment(number, arrival, fresh, any(task not in self.tasks for task in arrival.tasks))

    def remember(self, moment: Moment) -> None:
        """Takes the experience into memory."""
        arrival = moment.arrival
        self.experience, self.last = moment.number, arrival
        self.tasks += [task for task in arrival.tasks if task not in self.tasks]
        self.classes |= {(task, class_id) for task, classes in arrival.classes_by_task.items() for class_id in classes}

    def to_json(self) -> dict[str, Any]:
        last = self.last
        return {
            "experience": self.experience,
            "last": None
            if last is None
            else {
                "index": last.index,
                "classes_by_task": [[task, list(classes)] for task, classes in last.classes_by_task.items()],
                "has_classes": last.has_classes,
            },
            "tasks": self.tasks,
            "classes": sorted([task, class_id] for task, class_id in self.classes),
            "pending": self.pending,
        }

    @classmethod
    def from_json(cls, saved: Mapping[str, Any]) -> Timeline:
        last = saved["last"]
        if last is not None:
            by_task = {task: tuple(classes) for task, classes in last["classes_by_task"]}
            last = Arrival(last["index"], by_task, last["has_classes"])
        return cls(
            saved["experience"],
            last,
            list(saved["tasks"]),
            {(task, class_id) for task, class_id in saved["classes"]},
            list(saved["pending"]),
        )


# ---- running a plan ------------------------------------------------------------------------------------------------


class Part(Protocol):
    """What the engine asks of a part, whoever holds it: a torch module, or the forecast's counts.

    Every action returns its changes in words, without the part's name; () where nothing changed.
    """

    def new_to(self, event: Event, arrival: Arrival) -> bool:
        """Whether the experience brings a class (`new_class`) or a task (`new_task`) that this part has not met."""
        ...

    def act(self, rule: Rule, moment: Moment | None) -> Sequence[str]:
        """Does `rule.action`; `moment` is None at the start, before any experience."""
        ...


def firing(
    plan: Sequence[Rule], parts: Mapping[str, Part], moment: Moment, *, after: bool
) -> Iterator[tuple[int, Rule]]:
    """The rules that this moment sets off, in order; asked lazily, so a rule sees what the rules before it did."""
    for position, rule in enumerate(plan):
        trigger = rule.trigger
        if trigger.after != after or trigger.event == "start":
            continue
        if trigger.event == "experience":
            fires = trigger.first <= moment.number and (trigger.last is None or moment.number <= trigger.last)
        elif rule.own:
            fires = parts[rule.target].new_to(trigger.event, moment.arrival)
        else:
            fires = moment.new_classes if trigger.event == "new_class" else moment.new_tasks
        if fires:
            yield position, rule


def perform(rule: Rule, parts: Mapping[str, Part], moment: Moment | None) -> list[str]:
    """Does one rule and returns its changes, each led by the part's path."""
    return [f"{rule.target or 'self'}: {words}" for words in parts[rule.target].act(rule, moment)]


def start(plan: Sequence[Rule], parts: Mapping[str, Part]) -> list[str]:
    """The rules without a trigger: they hold from the start."""
    return [words for rule in plan if rule.trigger.event == "start" for words in perform(rule, parts, None)]


def adapt(plan: Sequence[Rule], parts: Mapping[str, Part], timeline: Timeline, moment: Moment) -> list[str]:
    """One training adaptation: `after` rules left over from the last experience, then this one's rules.

    Returns the changes in words, in the order they were made, and remembers the experience in `timeline`.
    """
    changes = finish(plan, parts, timeline)
    # Own `after` rules ask what is new to their part, so the question is put before anything grows.
    pending = [position for position, _ in firing(plan, parts, moment, after=True)]
    for _, rule in firing(plan, parts, moment, after=False):
        changes += perform(rule, parts, moment)
    timeline.remember(moment)
    timeline.pending = pending
    return changes


def finish(plan: Sequence[Rule], parts: Mapping[str, Part], timeline: Timeline) -> list[str]:
    """Runs the `after` rules that wait, once, and returns their changes in words."""
    if timeline.last is None or not timeline.pending:
        return []
    moment = Moment(timeline.experience or 0, timeline.last, new_classes=False, new_tasks=False)
    waiting, timeline.pending = timeline.pending, []
    return [words for position in waiting for words in perform(plan[position], parts, moment)]


# ---- a model at a moment, as plain data ----------------------------------------------------------------------------


@dataclass(frozen=True)
class PartState:
    """One part of a model at one moment: what tables and diagrams show, from a live model or from the forecast.

    `rows` are the classes of a head's generations (None: unclaimed, RETIRED: retired); None for what is no head.
    `members` pair each task (None: the born member, unclaimed) with its member's state; None for what has none.
    `parameters` and `trainable` count this part with everything inside it.
    """

    parameters: int
    trainable: int
    rows: tuple[tuple[int | None, ...], ...] | None = None
    members: tuple[tuple[int | None, PartState], ...] | None = None

    @property
    def state(self) -> Literal["fixed", "frozen", "part frozen", "trains"]:
        """`fixed` has nothing to train."""
        if self.parameters == 0:
            return "fixed"
        if self.trainable == 0:
            return "frozen"
        return "trains" if self.trainable == self.parameters else "part frozen"


Snapshot = Mapping[str, PartState]
"""The state of every part by its dotted path; "" is the whole model."""


# ---- words ---------------------------------------------------------------------------------------------------------


def spell(ids: Sequence[int]) -> str:
    """`0, 1, 2`; long lists are folded: `0, 1 ... 98, 99`."""
    if len(ids) <= 8:
        return ", ".join(map(str, ids))
    return f"{ids[0]}, {ids[1]} ... {ids[-2]}, {ids[-1]}"


def _count(things: Sequence[object], noun: str) -> str:
    if len(things) == 1:
        return noun
    return "classes" if noun == "class" else f"{noun}s"


def branching_words(branching: Branching, classes: Sequence[int]) -> str:
    """What a task's new member is called in reports."""
    if branching.claimed:
        return f"member 0 for task {branching.task}"
    words = f"+ member {branching.member} for task {branching.task}"
    if not classes:
        return words
    return f"{words} with {len(classes)} {_count(classes, 'row')} for {_count(classes, 'class')} {spell(classes)}"


def member_words(member: int, words: Sequence[str]) -> list[str]:
    """What happened inside one member of a per-task part, as its part reports it."""
    return [f"member {member}: {said}" for said in words]
