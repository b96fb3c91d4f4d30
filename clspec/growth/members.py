"""Which task each member of a per-task part, or column of a progressive one, answers for."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from clspec.experience import Arrival
from clspec.growth.known import Known
from clspec.growth.rows import Rows
from clspec.growth.words import noun_for, spell


@dataclass(frozen=True)
class Branching:
    """A task's member: the born one claimed, or a new one appended, at position `member`."""

    task: int
    member: int
    claimed: bool


class Members:
    """Which task each member of a per-task part answers for; None: born, not claimed yet (it answers as task 0).

    It never changes: `branch` gives another.
    """

    def __init__(self, tasks: Sequence[int | None] = (None,)) -> None:
        self.claimed = None not in tasks
        self._known = Known(task for task in tasks if task is not None)

    @property
    def tasks(self) -> list[int | None]:
        return list(self._known) if self.claimed else [None]

    @property
    def known(self) -> list[int]:
        """The task labels that have a member, in order of arrival; the unclaimed born member answers as task 0."""
        return list(self._known) if self.claimed else [0]

    def new(self, tasks: Iterable[int]) -> tuple[int, ...]:
        """Those of `tasks` that have no member yet, in the order given."""
        return tuple(dict.fromkeys(task for task in tasks if task not in self._known))

    def brings_classes(self, arrival: Arrival, rows: Callable[[int], Rows]) -> bool:
        """Whether a class is new to the member of its task, whose `rows` are asked for; all are to one without."""
        members = ((self.member(task), classes) for task, classes in arrival.classes_by_task.items())
        return any(classes if at is None else rows(at).new(classes) for at, classes in members)

    def member(self, task: int) -> int | None:
        """Position of the member that answers for a task, None where there is none."""
        return self._known.place(task) if self.claimed else 0 if task == 0 else None

    def branch(self, tasks: Iterable[int]) -> tuple[Members, list[Branching]]:
        """Gives every task a member: the first new one claims the born member, each later one is appended."""
        new = self.new(tasks)
        if not new:
            return self, []
        more = Members(())
        more._known = self._known.more({task: at for at, task in enumerate(new, len(self._known))})
        claimed = 0 if self.claimed else 1
        first = len(self._known)
        return more, [Branching(task, first + at, claimed=at < claimed) for at, task in enumerate(new)]


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
