"""A LightningModule around a compiled model, one fit an experience."""

from __future__ import annotations

import copy
import warnings

import pytest
import torch
from torch.nn import functional
from torch.utils.data import DataLoader, TensorDataset

import clspec
import tests.torchvision_operators  # noqa: F401  # torchmetrics imports torchvision where there is one

with warnings.catch_warnings():
    warnings.simplefilter("ignore")
    from lightning.pytorch import LightningModule, Trainer

    from clspec.integrations.lightning import AdaptationCallback

pytestmark = pytest.mark.filterwarnings("ignore")

SPEC = """clspec 1
model M {
  input features(8)
  backbone trunk = mlp([16])
  head labels = incremental()
}
"""


def points(seed: int = 1):
    centres = torch.randn(6, 8, generator=torch.Generator().manual_seed(7)) * 4
    noise = torch.randn(120, 8, generator=torch.Generator().manual_seed(seed))
    targets = torch.arange(6).repeat(20)
    return TensorDataset(centres[targets] + 0.3 * noise, targets)


class Learner(LightningModule):
    def __init__(self, text: str = SPEC) -> None:
        super().__init__()
        self.model = clspec.compile(clspec.parse_string(text), seed=0)

    def training_step(self, batch, _):
        x, y = batch
        return functional.cross_entropy(self.model(x), y)

    def configure_optimizers(self):
        optimizer = torch.optim.Adam(self.parameters(), lr=0.01)
        return [optimizer], [torch.optim.lr_scheduler.StepLR(optimizer, step_size=3, gamma=0.5)]


def fit(module, callback, experience, epochs: int = 2, **more) -> Trainer:
    trainer = Trainer(
        max_epochs=epochs, callbacks=[callback], accelerator="cpu", logger=False, enable_checkpointing=False,
        enable_progress_bar=False, enable_model_summary=False, **more,
    )  # fmt: skip
    trainer.fit(module, DataLoader(experience.dataset, batch_size=10))
    return trainer


def stream():
    return list(clspec.streams.from_dataset(points(), experiences=3))


def test_it_adapts_before_each_fit_and_old_rows_keep_their_state() -> None:
    module, callback = Learner(), AdaptationCallback()
    first, second, third = stream()
    callback.begin(first)
    optimizer = fit(module, callback, first).optimizers[0]
    rows = module.model.labels.generations[0].weight
    kept = copy.deepcopy(optimizer.state[rows])
    seen = {}

    class Look(AdaptationCallback):
        def on_train_start(self, trainer, pl_module) -> None:
            seen.update(copy.deepcopy(trainer.optimizers[0].state[rows]))

    look = Look()
    look.__dict__.update(callback.__dict__)
    look.begin(second)
    trainer = fit(module, look, second)
    assert torch.equal(seen["exp_avg"], kept["exp_avg"]) and seen["step"] == kept["step"]
    held = {id(each) for group in trainer.optimizers[0].param_groups for each in group["params"]}
    assert held == {id(each) for each in module.parameters()}
    look.begin(third)
    trainer = fit(module, look, third)
    assert trainer.lr_scheduler_configs[0].scheduler.last_epoch == 6  # three fits of two epochs
    assert trainer.optimizers[0].param_groups[0]["lr"] == pytest.approx(0.01 * 0.5**2)
    assert [class_id for _, _, class_id, _ in module.model.class_map()] == [0, 1, 2, 3, 4, 5]


def test_without_carrying_on_everything_begins_anew() -> None:
    module, callback = Learner(), AdaptationCallback(carry_on=False)
    for experience in stream():
        callback.begin(experience)
        trainer = fit(module, callback, experience)
        assert trainer.lr_scheduler_configs[0].scheduler.last_epoch == 2


def test_what_is_reset_loses_its_state_and_after_rules_run() -> None:
    text = SPEC.replace("}\n", "  when experience 1 { reset trunk }\n  after experience 1 { freeze trunk }\n}\n")
    module, callback = Learner(text), AdaptationCallback()
    steps = []

    class Look(AdaptationCallback):
        def on_train_start(self, trainer, pl_module) -> None:
            weight = next(pl_module.model.trunk.parameters())
            steps.append(trainer.optimizers[0].state[weight].get("step"))

    callback = Look()
    for experience in stream()[:2]:
        callback.begin(experience)
        fit(module, callback, experience)
    assert steps == [None, None]
    assert not any(parameter.requires_grad for parameter in module.model.trunk.parameters())


def test_it_learns(tmp_path) -> None:
    module, callback = Learner(), AdaptationCallback()
    data = points()
    whole = clspec.Experience(range(6), dataset=data)
    callback.begin(whole)
    trainer = fit(module, callback, whole, epochs=8)
    x, y = points(2).tensors
    assert (module.eval().model(x).argmax(1) == y).float().mean() > 0.9
    trainer.save_checkpoint(tmp_path / "learner.ckpt")
    again = Learner.load_from_checkpoint(tmp_path / "learner.ckpt", weights_only=True)
    assert torch.equal(again.eval().model(x), module.model(x))


def test_no_experience_is_an_error_that_says_what_to_do() -> None:
    with pytest.raises(ValueError, match=r"callback\.begin"):
        fit(Learner(), AdaptationCallback(), stream()[0])


def test_another_number_of_groups_is_an_error() -> None:
    module, callback = Learner(), AdaptationCallback()
    first, second, _ = stream()
    callback.begin(first)
    fit(module, callback, first)
    module.configure_optimizers = lambda: torch.optim.Adam(
        [{"params": module.model.trunk.parameters()}, {"params": module.model.labels.parameters()}]
    )
    callback.begin(second)
    with pytest.raises(ValueError, match="carry_on=False"):
        fit(module, callback, second)
