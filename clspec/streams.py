"""Streams of experiences: classes cut into parts, as class-incremental and task-incremental benchmarks do."""

from __future__ import annotations

import random
from collections.abc import Iterable, Sequence
from typing import Any

from clspec.experience import LONG, Experience


def split(
    classes: int = 10,
    experiences: int = 5,
    task_labels: bool = False,
    class_ids_from_zero: bool = False,
    shuffle: bool = False,
    seed: int | None = None,
    class_order: Sequence[int] | None = None,
) -> list[Experience]:
    """Cuts `classes` classes into `experiences` equal parts, in order.

    `task_labels`: experience i is task i (else all are task 0). `class_ids_from_zero`: classes are numbered from 0
    within each experience. `shuffle` (with its `seed`) or an explicit `class_order` says in which order they come.
    Raises ValueError where the classes do not divide evenly, and for arguments that contradict each other.
    """
    _refuse(_faults_of_count(classes, "classes"))
    parts = _parts(range(classes), experiences, shuffle, seed, class_order)
    if class_ids_from_zero:
        parts = [range(len(part)) for part in parts]
    # Long ranges stay ranges: those of a hundred million classes take no longer than those of ten.
    return [
        Experience(part if len(part) >= LONG else list(part), [index if task_labels else 0], index)
        for index, part in enumerate(parts)
    ]


def faults_of_split(
    classes: int = 10,
    experiences: int = 5,
    *,
    task_labels: bool = False,
    class_ids_from_zero: bool = False,
    shuffle: bool = False,
    seed: int | None = None,
    class_order: Sequence[int] | None = None,
) -> list[str]:
    """What is wrong with these arguments, without making anything: `split` would raise a ValueError of the first."""
    del task_labels, class_ids_from_zero  # any will do
    wrong = _faults_of_count(classes, "classes")
    known = range(classes) if not wrong else None
    return [*wrong, *_faults(known, experiences, shuffle, seed, class_order)]


def from_dataset(
    dataset: Any,
    experiences: int = 5,
    task_labels: bool = False,
    class_ids_from_zero: bool = False,
    shuffle: bool = False,
    seed: int | None = None,
    class_order: Sequence[int] | None = None,
) -> list[Experience]:
    """The same split over a torch Dataset: each experience has `.dataset`, the Subset of its samples.

    Labels are read from `dataset.targets`, else from the second tensor of a TensorDataset, else by iterating. With
    `class_ids_from_zero` the subsets give the new numbers. The same arguments split the test set alike.
    """
    from clspec.nn.subset import ExperienceSubset  # torch is loaded only where there is data

    targets = [int(target) for target in _targets(dataset)]
    parts = [list(part) for part in _parts(sorted(set(targets)), experiences, shuffle, seed, class_order)]
    stream: list[Experience] = []
    for index, part in enumerate(parts):
        new_ids = {class_id: position for position, class_id in enumerate(part)} if class_ids_from_zero else {}
        indices = [place for place, target in enumerate(targets) if target in set(part)]
        labels = [new_ids.get(targets[place], targets[place]) for place in indices]
        subset = ExperienceSubset(dataset, indices, labels, new_ids)
        classes = list(range(len(part))) if class_ids_from_zero else part
        stream.append(Experience(classes, [index if task_labels else 0], index, dataset=subset))
    return stream


def _targets(dataset: Any) -> Iterable[Any]:
    if hasattr(dataset, "targets"):
        return dataset.targets
    if hasattr(dataset, "tensors"):
        return dataset.tensors[1]
    return (sample[1] for sample in (dataset[index] for index in range(len(dataset))))


def _parts(
    classes: Sequence[int], experiences: int, shuffle: bool, seed: int | None, class_order: Sequence[int] | None
) -> Sequence[Sequence[int]]:
    """The class ids of each experience, in order."""
    _refuse(_faults(classes, experiences, shuffle, seed, class_order))
    order = classes if class_order is None else class_order
    if shuffle:
        order = list(order)
        random.Random(seed).shuffle(order)
    size = len(order) // experiences
    return [order[start : start + size] for start in range(0, len(order), size)]


def _faults(
    classes: Sequence[int] | None,
    experiences: int,
    shuffle: bool,
    seed: int | None,
    class_order: Sequence[int] | None,
) -> list[str]:
    """What is wrong with a split of these classes; None where they are wrong themselves."""
    found = _faults_of_count(experiences, "experiences")
    if classes is not None and not found and len(classes) % experiences:
        found.append(f"{len(classes)} classes cannot be split evenly into {experiences} experiences")
    if seed is not None and not shuffle:
        found.append("seed is given but shuffle is not: nothing would be drawn from it")
    if class_order is not None and shuffle:
        found.append("class_order and shuffle exclude each other: an explicit order is not shuffled")
    elif class_order is not None and classes is not None and not _same_ids(class_order, classes):
        given = list(class_order) if len(class_order) <= 100 else f"these {len(class_order):,} numbers"
        found.append(f"class_order must hold each of the {len(classes)} classes once, not {given}")
    return found


def _same_ids(class_order: Sequence[int], classes: Sequence[int]) -> bool:
    return len(class_order) == len(classes) and sorted(class_order) == list(classes)


def _faults_of_count(value: object, name: str) -> list[str]:
    wrong = isinstance(value, bool) or not isinstance(value, int) or value < 1
    return [f"{name} must be a positive integer, not {value!r}"] if wrong else []


def _refuse(faults: Sequence[str]) -> None:
    if faults:
        raise ValueError(faults[0])
