# pyright: standard
"""The base of modules whose answer depends on the task."""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn import functional

from clspec.nn.dynamic import DynamicModule
from clspec.nn.labels import TaskLabels, UnknownTaskError, check_task_labels


class MultiTaskModule(DynamicModule):
    """Subclass and write `forward_single_task(x, task_label)`; `forward(x, task_labels)` sorts the batch by task.

    An int label gives that task's answer in its own width. A tensor, one label a sample, gives each sample what its
    own task's path gives, always in the width of the widest task known or announced; columns beyond a task's own hold
    `mask_value`. None gives {task: answer} for every known task. Before any adaptation there is task 0. Raises
    UnknownTaskError, a ValueError, for a label that no adaptation ever announced; TypeError and ValueError for labels
    of a wrong kind or number.
    """

    ANSWERS_BY_TASK = True
    ONLY_APPENDS = True
    mask_value: float = -1000.0

    def __init__(self) -> None:
        super().__init__()
        self._announced: dict[int, int] = {}

    def forward_single_task(self, x: Tensor, task_label: int) -> Tensor:
        """The answer (batch, ...) to samples that all belong to one task."""
        raise NotImplementedError(f"{type(self).__name__} must write forward_single_task(x, task_label)")

    def known_tasks(self) -> tuple[int, ...]:
        """The tasks that it was adapted to, in order of arrival; task 0 before any."""
        return tuple(self._memory.timeline.tasks) or (0,)

    def widest(self) -> int:
        """The width that an answer to mixed tasks has at least."""
        return 0

    def know_tasks(self, tasks: tuple[int, ...]) -> None:
        if any(task not in self._announced for task in tasks):
            self._announced = {**dict.fromkeys(tasks, 0), **self._announced}  # not changed in place: it may be put back

    def forward(self, x: Tensor, task_labels: TaskLabels) -> Tensor | dict[int, Tensor]:
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

    def _mixed(self, x: Tensor, labels: Tensor) -> Tensor:
        tasks: list[int] = torch.unique(labels).tolist()
        self.check_known(tasks)
        if len(tasks) <= 1:
            answer = self.forward_single_task(x, tasks[0] if tasks else self.known_tasks()[0])
            return pad(answer, self.widest(), self.mask_value)
        places = [(labels == task).nonzero().squeeze(1).to(x.device) for task in tasks]
        answers = [
            self.forward_single_task(x.index_select(0, place), task) for task, place in zip(tasks, places, strict=True)
        ]
        width = max(self.widest(), *(answer.shape[-1] for answer in answers))
        by_task = torch.cat([pad(answer, width, self.mask_value) for answer in answers])
        return by_task.index_select(0, torch.argsort(torch.cat(places)))

    def _mixed_in_a_graph(self, x: Tensor, labels: Tensor) -> Tensor:
        """The same for export and compile, where no shape may depend on the labels: every task answers every sample.

        In training, absent tasks get gradients of zero here, not none.
        """
        tasks = sorted({*self.known_tasks(), *self._announced})
        answers = [self.forward_single_task(x, task) for task in tasks]
        width = max(self.widest(), *(answer.shape[-1] for answer in answers))
        mixed = pad(answers[0], width, self.mask_value)
        seen = labels == tasks[0]
        for task, answer in zip(tasks[1:], answers[1:], strict=True):
            own = labels == task
            mixed = torch.where(own.view(-1, *[1] * (mixed.dim() - 1)), pad(answer, width, self.mask_value), mixed)
            seen = seen | own
        message = f"{self._name}: a task label that no adaptation ever announced"
        torch._assert_async(seen.all(), message)  # pyright: ignore[reportPrivateImportUsage]  # no public one yet
        if torch.compiler.is_exporting():  # to where nothing asserts: an unknown task answers with the mask value
            mixed = mixed.masked_fill(~seen.view(-1, *[1] * (mixed.dim() - 1)), self.mask_value)
        return mixed

    def forget_announced(self) -> None:
        self._announced = {}


def pad(answer: Tensor, width: int, value: float) -> Tensor:
    """(..., n) -> (..., width), the new columns holding `value`; what is wide enough stays as it is."""
    missing = width - answer.shape[-1]
    return functional.pad(answer, (0, missing), value=value) if missing > 0 else answer
