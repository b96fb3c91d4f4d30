"""Which task each member of a per-task part, or column of a progressive one, answers for."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from clspec.experience import Arrival
from clspec.growth.rows import Rows
from clspec.growth.words import noun_for, spell


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

    def brings_classes(self, arrival: Arrival, rows: Sequence[Rows]) -> bool:
        """Whether a class is new to the member of its task, whose `rows` these are; all are to a task without one."""
        members = ((self.member(task), classes) for task, classes in arrival.classes_by_task.items())
        return any(classes if at is None else rows[at].new(classes) for at, classes in members)

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


def branching_words(branching: Branching, classes: Sequence[int], noun: str = "member") -> str:
    """What a task's new member, or column, is called in reports."""
    if branching.claimed:
        return f"{noun} 0 for task {branching.task}"
    rows = (
        f" with {len(classes)} {noun_for(classes, 'row')} for {noun_for(classes, 'class')} {spell(classes)}"
        if classes
        else ""
    )
    return f"+ {noun} {branching.member} for task {branching.task}{rows}"
