# pyright: standard
"""Task labels: what a forward takes to tell which task each sample belongs to."""

from __future__ import annotations

import operator
from collections.abc import Iterable
from contextlib import suppress
from typing import Any

import torch
from torch import Tensor

TaskLabels = int | Tensor | None
"""One label for the whole batch, an integer tensor (batch,) of one label a sample, or None: an answer for each task."""

INTEGERS = (torch.uint8, torch.int8, torch.int16, torch.int32, torch.int64)
"""The dtypes of labels and of token ids."""


class UnknownTaskError(ValueError):
    """A task label that no adaptation ever announced."""

    def __init__(self, part: str, task: int, known: Iterable[int]) -> None:
        self.task = task
        tasks = ", ".join(map(str, sorted(set(known))))
        super().__init__(f"{part}: no adaptation ever announced task {task}; the known tasks are {tasks}")


def check_task_labels(task_labels: Any, batch: int, part: str) -> int | Tensor:
    """A tensor as it is, any integer as an int. TypeError for what is no label, ValueError for a wrong number."""
    if isinstance(task_labels, Tensor):
        if task_labels.dtype not in INTEGERS:
            raise TypeError(f"{part}: task_labels must be integers, not a tensor of {task_labels.dtype}")
        if task_labels.shape != (batch,):
            raise ValueError(
                f"{part}: task_labels must hold one label a sample, shape ({batch},), not {tuple(task_labels.shape)}"
            )
        return task_labels
    if isinstance(task_labels, int) and not isinstance(task_labels, bool):
        return task_labels
    if not isinstance(task_labels, bool):
        with suppress(TypeError):
            return operator.index(task_labels)
    raise TypeError(f"{part}: task_labels must be an int, an integer tensor or None, not {task_labels!r}")


def answer_dtype(x: Tensor, like: Tensor) -> torch.dtype:
    """The dtype that a linear layer with weights like `like` answers x in, autocast included."""
    device = x.device.type
    cast = torch.is_autocast_enabled(device) and like.dtype != torch.float64  # autocast leaves float64 alone
    return torch.get_autocast_dtype(device) if cast else like.dtype
