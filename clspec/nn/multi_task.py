# pyright: standard
"""The base of modules whose answer depends on the task."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Any

import torch
from torch import Tensor
from torch.nn import functional

from clspec.nn.dynamic import DynamicModule
from clspec.nn.labels import TaskLabels, UnknownTaskError, check_task_labels
from clspec.nn.structure import growing_inside

Join = Callable[[Sequence[Tensor]], Tensor]
"""The answers of several tasks -> one."""
_TOGETHER = "answers are put together where they are tensors (batch, ...), or dicts, lists or tuples of them"


class Sorted:
    """A batch by task: the samples in `order` (batch,) are those of the first of `tasks`, then of the next, ...

    `counts` says how many samples each task has, `starts` (tasks,) where they begin, `places` (batch,) the place of
    each in `tasks`, all in this order.
    """

    def __init__(self, labels: Tensor) -> None:
        in_order, self.order = labels.sort(stable=True)
        tasks, self.places, counts = torch.unique_consecutive(in_order, return_inverse=True, return_counts=True)
        self.starts = counts.cumsum(0) - counts
        self.tasks: list[int] = tasks.tolist()
        self.counts: list[int] = counts.tolist()

    def of_samples(self) -> Tensor:
        """(batch,) the place in `tasks` of each sample as the batch has them."""
        return torch.empty_like(self.places).scatter_(0, self.order, self.places)


class MultiTaskModule(DynamicModule):
    """Subclass and write `forward_single_task(x, task_label)`; `forward(x, task_labels)` sorts the batch by task.

    An int label gives that task's answer in its own width. A tensor, one label a sample, gives each sample what its
    own task's path gives, always in the width of the widest task known or announced; columns beyond a task's own hold
    `mask_value`. That width the heads inside know, where what is answered is as wide as one of them. Other answers, of
    plain layers say, are as wide as the widest in the batch (in export and compile: of all tasks), unless the class
    writes `widest`. Dicts, lists and tuples of tensors are put together item by item. None gives {task: answer} for
    every known task. Before any adaptation there is task 0. Raises UnknownTaskError, a ValueError, for a label that no
    adaptation ever announced; TypeError and ValueError for labels of a wrong kind or number, and for answers that
    cannot be put together.
    """

    ANSWERS_BY_TASK = True
    ONLY_APPENDS = True
    mask_value: float = -1000.0

    def __init__(self) -> None:
        super().__init__()
        self._announced: dict[int, int] = {}

    def forward_single_task(self, x: Tensor, task_label: int) -> Any:
        """The answer to samples of one task: a tensor (batch, ...), or a dict, list or tuple of such."""
        raise NotImplementedError(f"{type(self).__name__} must write forward_single_task(x, task_label)")

    def known_tasks(self) -> tuple[int, ...]:
        """The tasks that it was adapted to, in order of arrival; task 0 before any."""
        return tuple(self._memory.timeline.tasks) or (0,)

    def width_of(self, task: int) -> int:
        """The width of this part's own answer to one task; 0 where only running it would tell."""
        return 0

    def widest(self) -> int:
        """The width that an answer to mixed tasks has at least; 0 where only running it would tell."""
        return 0

    def know_tasks(self, tasks: tuple[int, ...]) -> None:
        if any(task not in self._announced for task in tasks):
            self._announced = {**dict.fromkeys(tasks, 0), **self._announced}  # not changed in place: it may be put back

    def forward(self, x: Tensor, task_labels: TaskLabels) -> Any:
        if task_labels is None:
            return {task: self.forward_single_task(x, task) for task in self.known_tasks()}
        labels = check_task_labels(task_labels, x.shape[0], self._name)
        if isinstance(labels, Tensor):
            return self._mixed_in_a_graph(x, labels) if torch.compiler.is_compiling() else self._mixed(x, labels)
        self.check_known([labels])
        return self.forward_single_task(x, labels)

    def check_known(self, tasks: list[int]) -> None:
        """Raises UnknownTaskError for the first of these tasks that no adaptation announced."""
        known = {*self.known_tasks(), *self._announced}
        for task in tasks:
            if task not in known:
                raise UnknownTaskError(self._name, task, known)

    def _mixed(self, x: Tensor, labels: Tensor) -> Any:
        by_task = Sorted(labels)
        tasks = by_task.tasks
        self.check_known(tasks)
        if len(tasks) <= 1:
            task = tasks[0] if tasks else self.known_tasks()[0]
            return self._together([self.forward_single_task(x, task)], [task], lambda answers: answers[0])
        order = by_task.order.to(x.device)
        samples = x.index_select(0, order).split(by_task.counts)
        answers = [self.forward_single_task(own, task) for task, own in zip(tasks, samples, strict=True)]
        back = torch.empty_like(order).scatter_(0, order, torch.arange(len(order), device=order.device))
        return self._together(answers, tasks, lambda parts: torch.cat(list(parts)).index_select(0, back))

    def _mixed_in_a_graph(self, x: Tensor, labels: Tensor) -> Any:
        """The same for export and compile, where no shape may depend on the labels: every task answers every sample.

        In training, absent tasks get gradients of zero here, not none.
        """
        tasks = sorted({*self.known_tasks(), *self._announced})
        seen = labels == tasks[0]
        for task in tasks[1:]:
            seen = seen | (labels == task)
        mixed = self._together(
            [self.forward_single_task(x, task) for task in tasks], tasks, partial(_pick, labels, tasks)
        )
        message = f"{self._name}: a task label that no adaptation ever announced"
        torch._assert_async(seen.all(), message)  # pyright: ignore[reportPrivateImportUsage]  # no public one yet
        if torch.compiler.is_exporting():  # to where nothing asserts: an unknown task answers with the mask value
            mixed = mixed.masked_fill(~seen.view(-1, *[1] * (mixed.dim() - 1)), self.mask_value)
        return mixed

    def _together(self, answers: Sequence[Any], tasks: Sequence[int], join: Join) -> Any:
        """The answers of several tasks as one, tensor by tensor, each as wide as the widest task's."""
        self._check_alike(answers, tasks)
        first = answers[0]
        if isinstance(first, Tensor) and first.dim():
            if first.dim() == 1:
                return join(answers)  # a number a sample: there are no columns
            width = max(self._least_width(answers, tasks), *(answer.shape[-1] for answer in answers))
            return join([pad(answer, width, self.mask_value) for answer in answers])
        if isinstance(first, Mapping):
            return {key: self._together([answer[key] for answer in answers], tasks, join) for key in first}
        if isinstance(first, list | tuple):
            return _as(first, [self._together(items, tasks, join) for items in zip(*answers, strict=True)])
        raise TypeError(f"{self._name}: {_TOGETHER}, not {type(first).__name__}")

    def _least_width(self, answers: Sequence[Tensor], tasks: Sequence[int]) -> int:
        """What the widest task's answer comes to, as far as this class or the heads that these answers are of know."""
        least = self.widest()
        if self.SERIES is not None or torch.compiler.is_compiling():
            return least  # it knows itself, or every task is among the answers
        for part in growing_inside(self):
            widths = zip(tasks, answers, strict=True)
            if part.has_columns and all(answer.shape[-1] == part.width_of(task) for task, answer in widths):
                least = max(least, part.widest())
        return least

    def _check_alike(self, answers: Sequence[Any], tasks: Sequence[int]) -> None:
        forms = [_form(answer) for answer in answers]
        for task, form in zip(tasks, forms, strict=True):
            if form != forms[0]:
                raise ValueError(
                    f"{self._name}: task {tasks[0]} answers with {forms[0]}, task {task} with {form}: "
                    "answers of several tasks cannot be put together"
                )

    def forget_announced(self) -> None:
        self._announced = {}


def _pick(labels: Tensor, tasks: Sequence[int], answers: Sequence[Tensor]) -> Tensor:
    """Of the answers (batch, ...) of all tasks, those of each sample's own."""
    mixed = answers[0]
    for task, answer in zip(tasks[1:], answers[1:], strict=True):
        mixed = torch.where((labels == task).view(-1, *[1] * (mixed.dim() - 1)), answer, mixed)
    return mixed


def _form(answer: Any) -> str:
    """What answers must have in common to be put together."""
    if isinstance(answer, Tensor):
        return f"a tensor of {answer.dim()} dimensions"
    if isinstance(answer, Mapping):
        return f"a dict of {', '.join(sorted(map(repr, answer)))}"
    return f"{len(answer)} items" if isinstance(answer, list | tuple) else f"a {type(answer).__name__}"


def _as(like: Any, items: list[Any]) -> Any:
    """Items in a list, tuple or named tuple like the one given."""
    if isinstance(like, list):
        return items
    return type(like)(*items) if hasattr(like, "_fields") else tuple(items)


def pad(answer: Tensor, width: int, value: float) -> Tensor:
    """(..., n) -> (..., width), the new columns holding `value`; what is wide enough stays as it is."""
    missing = width - answer.shape[-1]
    return functional.pad(answer, (0, missing), value=value) if missing > 0 else answer
