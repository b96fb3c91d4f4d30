"""What a model remembers of the experiences it was adapted to."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from clspec.experience import Arrival, class_ids
from clspec.growth.known import NONE, Known
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
        known, arriving = self.timeline.known, self.arrival.classes_by_task
        by_task = {
            task: tuple(sorted({*known.get(task, ()), *arriving.get(task, ())})) for task in {**known, **arriving}
        }
        return replace(self.arrival, classes_by_task=by_task, has_classes=True)


@dataclass
class Timeline:
    """What a model remembers of the experiences it was adapted to; it is saved with the model.

    `known` are the classes of each task, in the order the tasks came; `pending` the positions in the plan of the
    `after` rules that wait for `post_adaptation`. What it holds is replaced and never changed, so that a copy costs
    nothing.
    """

    experience: int | None = None
    last: Arrival | None = None
    known: Mapping[int, Known] = field(default_factory=dict[int, Known])
    pending: Sequence[int] = ()

    def is_repeat(self, arrival: Arrival) -> bool:
        """Whether this is the experience the model was last adapted to: equal index (not None), classes and tasks."""
        return self.last is not None and arrival.index is not None and arrival == self.last

    def meet(self, arrival: Arrival, per_task: bool) -> Moment:
        """What this experience is to the model, remembering nothing. `per_task`: new classes are pairs with tasks."""
        number = arrival.index if arrival.index is not None else 0 if self.experience is None else self.experience + 1
        by_task = [(self.known.get(task), classes) for task, classes in arrival.classes_by_task.items()]
        new_classes = any(classes if known is None else known.missing(classes) for known, classes in by_task)
        if new_classes and not per_task and len({*self.known, *arrival.tasks}) > 1:  # it may be known from another task
            left: Collection[int] = arrival.classes
            for known in self.known.values():
                left = known.missing(left)
            new_classes = bool(left)
        return Moment(number, arrival, new_classes, any(known is None for known, _ in by_task), self)

    def remember(self, moment: Moment) -> None:
        """Takes the experience into memory."""
        arrival = moment.arrival
        self.experience, self.last = moment.number, arrival
        now = {task: self.known.get(task, NONE).also(classes) for task, classes in arrival.classes_by_task.items()}
        if any(self.known.get(task) is not known for task, known in now.items()):
            self.known = {**self.known, **now}

    def copied(self) -> Timeline:
        return Timeline(self.experience, self.last, self.known, self.pending)

    @property
    def tasks(self) -> list[int]:
        """The tasks met so far, in the order they came."""
        return list(self.known)

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
                "growth_seed": last.growth_seed,
            },
            "tasks": self.tasks,
            "classes": sorted([task, class_id] for task, known in self.known.items() for class_id in known),
            "pending": list(self.pending),
        }

    @classmethod
    def from_json(cls, saved: Mapping[str, Any]) -> Timeline:
        last = saved["last"]
        classes: dict[int, list[int]] = {task: [] for task in saved["tasks"]}
        for task, class_id in saved["classes"]:
            classes[task].append(class_id)
        return cls(
            saved["experience"],
            None
            if last is None
            else Arrival(
                last["index"],
                {task: class_ids(classes) for task, classes in last["classes_by_task"]},
                last["has_classes"],
                last.get("growth_seed"),
            ),
            {task: Known(known) for task, known in classes.items()},
            saved["pending"],
        )
