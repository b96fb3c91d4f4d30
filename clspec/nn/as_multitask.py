# pyright: standard
"""Turning a model with one classifier into a model with one classifier a task."""

from __future__ import annotations

import copy
import itertools

from torch import Tensor, nn

from clspec.nn.dynamic import DynamicModule
from clspec.nn.labels import TaskLabels, check_task_labels
from clspec.nn.multi_head import MultiHeadClassifier
from clspec.nn.multi_task import MultiTaskModule


def as_multitask(model: nn.Module, classifier: str, mask_value: float = -1000) -> AsMultiTask:
    """The model with task labels: `forward(x, task_labels)`; its linear layer at `classifier` became one head a task.

    `classifier` is an attribute or a dotted path; the layer need not be the last one. Its rows stay classes 0 to n-1 of
    the first task's head. What is returned has a structure of its own and the *same* Parameters: the model handed in
    keeps its layer and works as before, training one trains the other, and an optimizer built before stays valid.
    Raises ValueError where there is no such layer, TypeError where it is not linear, or a part of a compiled model.
    """
    try:
        linear = model.get_submodule(classifier) if classifier else model
    except AttributeError:
        raise ValueError(f"{type(model).__name__} has no submodule {classifier!r}") from None
    if not isinstance(linear, nn.Linear):
        raise TypeError(f"{classifier!r} must be a linear layer, not {type(linear).__name__}")
    _refuse_compiled(model, classifier)
    shared = {id(tensor): tensor for tensor in itertools.chain(model.parameters(), model.buffers())}
    twin = copy.deepcopy(model, shared)  # the memo says: already copied, so tensors are shared
    head = LabelledHead(MultiHeadClassifier.from_linear(linear, mask_value))
    if not classifier:
        return AsMultiTask(head, head).train(model.training)
    parent, _, name = classifier.rpartition(".")
    setattr(twin.get_submodule(parent), name, head)
    return AsMultiTask(twin, head).train(model.training)


def _refuse_compiled(model: nn.Module, classifier: str) -> None:
    names = classifier.split(".")
    around = [model.get_submodule(".".join(names[:depth])) for depth in range(len(names))]
    for module in around:
        if isinstance(module, DynamicModule) and module.ADAPTS_ALONE:
            raise TypeError(
                f"{type(module).__name__} adapts by its own plan alone, which knows of no heads put in from outside: "
                f"write `per_task(...)` for {names[-1]!r} in its spec"
            )


class LabelledHead(nn.Module):
    """Stands where a linear layer stood: (batch, in_features) -> (batch, width), by the labels told from outside."""

    def __init__(self, heads: MultiHeadClassifier) -> None:
        super().__init__()
        self.heads = heads
        self.task_labels: int | Tensor | None = None

    def forward(self, x: Tensor) -> Tensor:
        return self.heads(x, self.task_labels)


class AsMultiTask(MultiTaskModule):
    """What `as_multitask` returns: (batch, ...), task labels -> what the model gives. The model runs once a batch."""

    def __init__(self, model: nn.Module, head: LabelledHead) -> None:
        super().__init__()
        self.model = model
        self._head = [head]  # in a list: it is a submodule of `model`, and one name is enough

    def known_tasks(self) -> tuple[int, ...]:
        return self._head[0].heads.known_tasks()

    def forward_single_task(self, x: Tensor, task_label: int) -> Tensor:
        return self._labelled(x, task_label)

    def forward(self, x: Tensor, task_labels: TaskLabels) -> Tensor | dict[int, Tensor]:
        if task_labels is None:
            return {task: self._labelled(x, task) for task in self.known_tasks()}
        return self._labelled(x, check_task_labels(task_labels, x.shape[0], self._name))

    def _labelled(self, x: Tensor, task_labels: int | Tensor) -> Tensor:
        head = self._head[0]
        head.task_labels = task_labels
        try:
            return self.model(x)
        finally:
            head.task_labels = None
