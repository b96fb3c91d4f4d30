"""What arrives: one experience of a continual-learning stream, and how any such object is read."""

from __future__ import annotations

import operator
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, cast

LONG = 1_000
"""From so many on, class ids that follow each other are kept as a range, as small for a million of them."""


@dataclass(frozen=True, eq=False)
class Experience:
    """One experience of a stream.

    `classes` are the class ids of this experience, or None where there are none (regression). `task_labels` are the
    tasks it touches; `classes_by_task` says which class belongs to which of several tasks (without it, every task gets
    all). `index` is its number in the stream, None where unknown. From `growth_seed` starts what a model without a seed
    of its own draws for it; None: torch's generators as they are. Avalanche's names are properties, so one object
    serves both libraries.
    """

    classes: Iterable[int] | None
    task_labels: Iterable[int] = (0,)
    index: int | None = None
    classes_by_task: Mapping[int, Iterable[int]] | None = None
    dataset: Any = field(default=None, repr=False)
    growth_seed: int | None = field(default=None, repr=False)

    def __post_init__(self) -> None:
        for name in ("classes", "task_labels"):
            given = getattr(self, name)
            if isinstance(given, Iterator):  # an experience is read more than once
                object.__setattr__(self, name, tuple(cast("Iterator[int]", given)))

    @property
    def classes_in_this_experience(self) -> Iterable[int] | None:
        return self.classes

    @property
    def current_experience(self) -> int | None:
        return self.index


class ExperienceError(ValueError):
    """An object that cannot be read as an experience; the message names the field."""


@dataclass(frozen=True)
class Arrival:
    """An experience as clspec reads it: checked, sorted, and without its data.

    `classes_by_task` maps each task label, ascending, to its class ids, ascending, as `class_ids` gives them.
    `has_classes` is False for an experience without classes (regression), where every task maps to (). Two that differ
    in `growth_seed` only are the same.
    """

    index: int | None
    classes_by_task: Mapping[int, Sequence[int]]
    has_classes: bool = True
    growth_seed: int | None = field(default=None, compare=False)

    @property
    def tasks(self) -> tuple[int, ...]:
        return tuple(self.classes_by_task)

    @property
    def classes(self) -> Sequence[int]:
        """All class ids of the experience, ascending, each once."""
        return _union(self.classes_by_task.values())


def class_ids(ids: Sequence[int]) -> Sequence[int]:
    """The same ids, as a range where many follow each other, else as a tuple: equal ids are equal objects."""
    if len(ids) < LONG or (isinstance(ids, range) and ids.step == 1):
        return ids if len(ids) >= LONG else tuple(ids)
    whole = range(ids[0], ids[0] + len(ids))
    return whole if all(one == other for one, other in zip(ids, whole, strict=True)) else tuple(ids)


def read_experience(experience: Any) -> Arrival:
    """Reads any object with `classes_in_this_experience` and `task_labels` (ours, or Avalanche's).

    Raises ExperienceError for negative, non-integer or string ids and for an object that is no experience.
    """
    if not hasattr(experience, "classes_in_this_experience"):
        raise ExperienceError(
            f"{type(experience).__name__} is no experience: it has no `classes_in_this_experience`; pass one of a "
            "stream, or any object with `classes_in_this_experience=[...]` and `task_labels=[...]`"
        )
    declared = experience.classes_in_this_experience
    has_classes = declared is not None
    classes = _ids(declared, "classes") if has_classes else ()
    labels = getattr(experience, "task_labels", None)
    tasks = (0,) if labels is None else _ids(labels, "task_labels")
    if not tasks:
        raise ExperienceError(
            "task_labels is empty: an experience belongs to at least one task (0 where there are none)"
        )
    index = getattr(experience, "current_experience", None)
    if index is None:
        index = getattr(experience, "index", None)
    by_task = getattr(experience, "classes_by_task", None)
    seed = getattr(experience, "growth_seed", None)
    seed = None if seed is None else _id(seed, "growth_seed")
    if by_task is None or not has_classes:
        return Arrival(_index(index), dict.fromkeys(tasks, classes), has_classes, seed)
    if not isinstance(by_task, Mapping):
        raise ExperienceError(f"classes_by_task must map task labels to class ids, not {by_task!r}")
    by_task = cast("Mapping[object, object]", by_task)
    split = {_id(task, "classes_by_task"): _ids(ids, f"classes_by_task[{task!r}]") for task, ids in by_task.items()}
    unknown = sorted(set(split) - set(tasks))
    if unknown:
        raise ExperienceError(f"classes_by_task names task {unknown[0]}, which is not in task_labels {list(tasks)}")
    told = _union(split.values())
    if told != classes:
        lost, extra = sorted(set(classes) - set(told)), sorted(set(told) - set(classes))
        if lost:
            raise ExperienceError(f"class {lost[0]} of this experience belongs to no task of classes_by_task")
        raise ExperienceError(f"classes_by_task names class {extra[0]}, which is not in classes {list(classes)}")
    return Arrival(_index(index), {task: split.get(task, ()) for task in tasks}, has_classes, seed)


def _index(value: object) -> int | None:
    return None if value is None else _id(value, "index")


def _union(several: Iterable[Sequence[int]]) -> Sequence[int]:
    """All ids of several, ascending, each once."""
    each = list(several)
    if all(ids == each[0] for ids in each):
        return each[0] if each else ()
    return class_ids(sorted({class_id for ids in each for class_id in ids}))


def _ids(values: object, where: str) -> Sequence[int]:
    if isinstance(values, range) and len(values) >= LONG and values.step == 1 and values.start >= 0:
        return values
    if (
        isinstance(values, (str, bytes))
        or not isinstance(values, Iterable)
        or getattr(cast(object, values), "ndim", 1) == 0
    ):
        raise ExperienceError(f"{where} must be a list of integers, not {values!r}")
    each = list(cast("Iterable[object]", values))
    if set(map(type, each)) - {int}:  # booleans are none, integers of other kinds are
        each = [_id(value, where) for value in each]
    ids = sorted(set(cast("list[int]", each)))
    return class_ids(ids) if not ids or ids[0] >= 0 else class_ids([_id(value, where) for value in each])


def _id(value: object, where: str) -> int:
    if isinstance(value, bool):
        raise ExperienceError(f"{where} must hold integers, not {value!r}")
    try:
        number = operator.index(value)  # type: ignore[arg-type]  # raises TypeError for what is no integer
    except TypeError:
        raise ExperienceError(f"{where} must hold integers, not {value!r}") from None
    if number < 0:
        raise ExperienceError(f"{where} must not hold negative numbers, found {number}")
    return number
