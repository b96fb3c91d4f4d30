# pyright: standard, reportMissingImports=false
"""PyTorch Lightning: a callback that adapts the model in a LightningModule, one `Trainer.fit` an experience."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

from lightning.pytorch import Callback, LightningModule, Trainer

from clspec.nn.adapt import adapt, post_adapt
from clspec.nn.optimizer_state import load_optimizer_state, optimizer_state
from clspec.nn.report import AdaptationReport


class AdaptationCallback(Callback):
    """Adapts every dynamic module in a LightningModule to an experience, before `fit` makes the optimizers.

    Tell it the experience, then fit::

        callback = AdaptationCallback()
        for experience in stream:
            callback.begin(experience)
            Trainer(max_epochs=3, callbacks=[callback]).fit(module, DataLoader(experience.dataset, batch_size=32))

    What the optimizers and schedulers of the last fit knew goes on in the new ones: by name, so that it lands on the
    right rows, and new rows join with nothing. `carry_on=False` leaves them as `configure_optimizers` makes them; then
    a schedule whose length belongs to one fit begins anew. `after` rules run when training ends.
    """

    def __init__(self, carry_on: bool = True) -> None:
        self.carry_on = carry_on
        self.report: AdaptationReport | None = None
        self._experience: Any = None
        self._optimizers: list[dict[str, Any]] = []
        self._schedules: list[dict[str, Any]] = []

    def begin(self, experience: Any) -> None:
        """Says what the next `fit` trains on: any object with `classes_in_this_experience` and `task_labels`."""
        self._experience = experience

    def setup(self, trainer: Trainer, pl_module: LightningModule, stage: str) -> None:
        """Adapts. Raises ValueError where `begin` was not called, or nothing in the module can adapt."""
        del trainer
        if stage != "fit":
            return
        if self._experience is None:
            raise ValueError("AdaptationCallback does not know the experience: call callback.begin(experience) first")
        pl_module.train()
        self.report = adapt(pl_module, self._experience)
        redrawn = _names(pl_module, self.report)
        self._optimizers = [_without(state, redrawn) for state in self._optimizers]

    def on_fit_start(self, trainer: Trainer, pl_module: LightningModule) -> None:
        """Hands on what the last fit's optimizers and schedulers knew. Raises ValueError where there are others now."""
        schedules = [config.scheduler for config in trainer.lr_scheduler_configs]
        if not (self.carry_on and self._optimizers):
            return
        if len(trainer.optimizers) != len(self._optimizers) or len(schedules) != len(self._schedules):
            raise ValueError(
                "configure_optimizers gave another number of optimizers or schedulers than for the last experience: "
                "what they knew cannot be carried on; AdaptationCallback(carry_on=False) begins anew"
            )
        for optimizer, state in zip(trainer.optimizers, self._optimizers, strict=True):
            load_optimizer_state(optimizer, pl_module, _joined(optimizer_state(optimizer, pl_module), state))
        for schedule, state in zip(schedules, self._schedules, strict=True):
            schedule.load_state_dict(state)

    def on_train_end(self, trainer: Trainer, pl_module: LightningModule) -> None:
        """Runs the `after` rules, and takes note of what optimizers and schedulers know."""
        pl_module.train()
        report = post_adapt(pl_module, self._experience)
        for optimizer in trainer.optimizers:
            report.add_to(optimizer)
        self._optimizers = [optimizer_state(optimizer, pl_module) for optimizer in trainer.optimizers]
        self._schedules = [config.scheduler.state_dict() for config in trainer.lr_scheduler_configs]


def _names(module: LightningModule, report: AdaptationReport) -> set[str]:
    redrawn = {id(parameter) for parameter in report.redrawn}
    return {name for name, parameter in module.named_parameters() if id(parameter) in redrawn}


def _without(state: Mapping[str, Any], names: Collection[str]) -> dict[str, Any]:
    """An optimizer's state without what it knows of these parameters."""
    return {**state, "state": {name: entry for name, entry in state["state"].items() if name not in names}}


def _joined(fresh: Mapping[str, Any], known: Mapping[str, Any]) -> dict[str, Any]:
    """The groups of a fresh optimizer, new parameters in them, with the options and the state of the one before."""
    if len(fresh["param_groups"]) != len(known["param_groups"]):
        raise ValueError(
            f"the optimizer has {len(fresh['param_groups'])} parameter groups and had {len(known['param_groups'])}: "
            "what it knew cannot be carried on; AdaptationCallback(carry_on=False) begins anew"
        )
    groups = [
        {**after, "params": now["params"]}
        for now, after in zip(fresh["param_groups"], known["param_groups"], strict=True)
    ]
    held = {name for group in groups for name in group["params"]}
    return {
        "state": {name: entry for name, entry in known["state"].items() if name in held},
        "param_groups": groups,
    }
