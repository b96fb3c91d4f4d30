# pyright: standard, reportMissingImports=false
"""Compiled models that Avalanche's strategies adapt by themselves: `clspec.compile(spec, target="avalanche")`.

The whole model is one Avalanche module, which holds the same engine and plan as for plain torch; what is inside it is
none, so that nothing adapts twice.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from typing import Any

import torch
from avalanche.core import SupervisedPlugin
from avalanche.models import DynamicModule, MultiTaskModule
from torch.nn import Module
from torch.optim import Optimizer

from clspec.experience import ExperienceError
from clspec.nn import AdaptationReport
from clspec.nn.compiled import CompiledModel


class AvalancheModel(CompiledModel, DynamicModule):  # pyright: ignore[reportIncompatibleMethodOverride]
    """The base of a generated root for Avalanche: strategies and agents adapt it before each experience.

    In an `Agent` it also keeps the agent's optimizers up to date and runs the `after` rules; a strategy needs the
    plugin `AfterRules` for these.
    """

    def __init__(self) -> None:
        super().__init__()
        _keep_optimizers_picklable()

    def __call__(self, *inputs: Any, **named: Any) -> Any:
        """The forward. Raises TypeError where task labels are handed to a model that takes none, or the reverse."""
        given = len(inputs) + len(named) - len(self.INPUTS)
        if given == 1 and not self.NEEDS_TASK_LABELS:
            raise TypeError(
                f"{type(self).__name__} takes no task labels, but was called with some: write `per_task(...)` around "
                "its head in the spec, or use a strategy that hands none"
            )
        if given == 0 and self.NEEDS_TASK_LABELS:
            raise TypeError(
                f"{type(self).__name__} answers by task, but was called without task labels: use a strategy that hands "
                "them (Avalanche's do), or write a head without `per_task` in the spec"
            )
        return super().__call__(*inputs, **named)

    def pre_adapt(self, agent: Any, experience: Any) -> None:
        """Adapts to an experience, with the optimizers of the agent, before training on it."""
        self.adaptation(experience)
        for optimizer in _optimizers(agent):
            self.adaptation(experience, optimizer)

    def post_adapt(self, agent: Any, experience: Any) -> None:
        """Runs the `after` rules when training on the experience has ended."""
        self.post_adaptation(experience, next(_optimizers(agent), None))


class AvalancheMultiTaskModel(AvalancheModel, MultiTaskModule):
    """The same for a model that needs task labels: `forward(x, task_labels)`, as Avalanche calls it.

    Raises ExperienceError for an experience that has no `task_labels` at all.
    """

    def adaptation(  # pyright: ignore[reportIncompatibleMethodOverride]  # Avalanche's gives nothing back
        self, experience: Any, optimizer: Any = None, optimizer_group: int | None = None
    ) -> AdaptationReport:
        if getattr(experience, "task_labels", None) is None:
            raise ExperienceError(
                f"{type(self).__name__} answers by task, but {type(experience).__name__} has no `task_labels`: "
                "make the benchmark with task labels (`task_labels=True`), or give the model a head that needs none"
            )
        return super().adaptation(experience, optimizer, optimizer_group)

    def forward_all_tasks(self, x: Any) -> dict[int, Any]:
        """{task: logits} for every known task, as Avalanche asks for them."""
        return self.every_task(x)


class AfterRules(SupervisedPlugin, supports_distributed=True):  # pyright: ignore[reportGeneralTypeIssues, reportCallIssue]
    """The plugin of a strategy whose model has `after` or `reset` rules.

    It runs `after` rules when training on an experience has ended, and clears the optimizer state of what was reset.
    Without it, `after` rules wait for the next adaptation, and the optimizer keeps what it knew of weights that are no
    more.
    """

    def before_training_exp(self, strategy: Any, *_: Any, **__: Any) -> None:
        model = compiled(strategy.model)
        if model is not None:
            model.adaptation(strategy.experience, strategy.optimizer)  # adapted already: only the optimizer is

    def after_training_exp(self, strategy: Any, *_: Any, **__: Any) -> None:
        model = compiled(strategy.model)
        if model is not None:
            model.train()  # a periodic evaluation may have been the last thing that ran
            model.post_adaptation(strategy.experience, strategy.optimizer)


def compiled(model: Module) -> CompiledModel | None:
    """A compiled model, out of DistributedDataParallel where it stands in it; None for any other."""
    inner = getattr(model, "module", model)
    return inner if isinstance(inner, CompiledModel) else None


def _optimizers(agent: Any) -> Iterator[Optimizer]:
    """The torch optimizers that an agent holds, out of Avalanche's DynamicOptimizer too."""
    for held in vars(agent).values():
        optimizer = getattr(held, "optim", held)
        if isinstance(optimizer, Optimizer):
            yield optimizer


def _keep_optimizers_picklable() -> None:
    """Puts the modules of torch's optimizers where dill, which Avalanche's checkpoints go through, looks for them.

    torch takes them out of `torch.optim` when it has imported them; dill 0.4 then takes the classes for local ones,
    copies them with all that they refer to, and fails.
    """
    for name, module in list(sys.modules.items()):
        package, _, own = name.rpartition(".")
        if package == "torch.optim":
            setattr(torch.optim, own, getattr(torch.optim, own, module))
