"""Avalanche's side of the measurements: its modules and its optimizer update, led as its strategies lead them."""

from __future__ import annotations

import warnings
from collections.abc import Iterable
from typing import Any

import tests.torchvision_operators  # noqa: F401  # Avalanche imports torchvision, which needs help beside a CPU build

with warnings.catch_warnings():
    warnings.simplefilter("ignore")
    from avalanche.models import PNN, IncrementalClassifier, MultiHeadClassifier, SimpleMLP, as_multitask
    from avalanche.models.dynamic_modules import avalanche_model_adaptation
    from avalanche.models.dynamic_optimizers import update_optimizer

__all__ = [
    "PNN",
    "Arriving",
    "IncrementalClassifier",
    "MultiHeadClassifier",
    "SimpleMLP",
    "Updated",
    "as_multitask",
    "avalanche_model_adaptation",
]


class Arriving:
    """An experience as both libraries read it, without data; `dataset` says what Avalanche's PNN asks of it."""

    def __init__(self, classes: Iterable[int], task: int = 0, index: int | None = None) -> None:
        self.classes_in_this_experience = list(classes)
        self.task_labels = [task]
        self.current_experience = index
        self.dataset = self
        self.targets_task_labels = [task]


class Updated:
    """A model and its optimizer, adapted as Avalanche's strategies do before each experience."""

    def __init__(self, model: Any, optimizer: Any) -> None:
        self.model, self.optimizer = model, optimizer
        self.held = update_optimizer(optimizer, dict(model.named_parameters()), None, reset_state=True)

    def adapt(self, experience: Arriving) -> None:
        avalanche_model_adaptation(self.model, experience)
        self.held = update_optimizer(self.optimizer, dict(self.model.named_parameters()), self.held)
