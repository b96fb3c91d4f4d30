"""What a model remembers of the experiences it was adapted to."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from clspec.experience import Arrival
from clspec.growth.plan import Rule


@dataclass(frozen=True)
class Moment:
    """An experience as it meets a model that has lived through `timeline`: its number, and what of it is new."""

    number: int
    arrival: Arrival
    new_classes: bool
    new_tasks: bool
    timeline: Timeline = field(repr=False, compare=False)

    def met(self, rule: Rule) -> Arrival:
        """What a part is to grow to: an own rule misses nothing that is new, a written one may have let it wait."""
        return self.arrival if rule.own else self.seen

    @property
    def seen(self) -> Arrival:
        """All that the model has met, this experience included: tasks in order of arrival, each with its classes."""
        before, arrival = self.timeline, self.arrival
        by_task = {task: set(arrival.classes_by_task.get(task, ())) for task in [*before.tasks, *arrival.tasks]}
        for task, class_id in before.classes:
            by_task[task].add(class_id)
        return Arrival(arrival.index, {task: tuple(sorted(classes)) for task, classes in by_task.items()})


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
        """What this experience is to the model, remembering nothing. `per_task`: new classes are pairs with tasks."""
        number = arrival.index if arrival.index is not None else 0 if self.experience is None else self.experience + 1
        pairs = {(task, class_id) for task, classes in arrival.classes_by_task.items() for class_id in classes}
        fresh = bool(pairs - self.classes)
        if fresh and not per_task and len({*self.tasks, *arrival.tasks}) > 1:  # a class may be known from another task
            fresh = bool({class_id for _, class_id in pairs} - {class_id for _, class_id in self.classes})
        return Moment(number, arrival, fresh, any(task not in self.tasks for task in arrival.tasks), self)

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
        return cls(
            saved["experience"],
            None
            if last is None
            else Arrival(
                last["index"], {task: tuple(classes) for task, classes in last["classes_by_task"]}, last["has_classes"]
            ),
            list(saved["tasks"]),
            {(task, class_id) for task, class_id in saved["classes"]},
            list(saved["pending"]),
        )
