"""Rows about heads that answer by task: mixed labels, one label, `as_multitask`."""

from __future__ import annotations

import copy
from functools import partial
from typing import Any

import torch
from torch import Tensor, nn

from benchmarks import theirs
from benchmarks.row import Contestants, Row
from benchmarks.turns import Contestant, steady
from clspec.nn import MultiHeadClassifier, as_multitask

FEATURES, CLASSES, BATCH = 512, 10, 256


def rows() -> list[Row]:
    linear, plain = "`nn.Linear`", "the plain model"
    mixed = "per-task head, mixed labels, masked, batch 256,"
    evaluating = [(20, 5), (100, 9), (500, 12)]
    training = [(5, 1.3), (20, 2), (100, 3)]
    return [
        *(Row(f"{mixed} eval, {tasks} tasks", partial(answer, tasks), faster) for tasks, faster in evaluating),
        *(
            Row(f"{mixed} training step, absent heads keep `grad None`, {tasks} tasks", partial(learn, tasks), faster)
            for tasks, faster in training
        ),
        Row("one task in the batch, 20 known, eval", partial(answer, 20, one=True), 1, 1.3, linear),
        Row("one task in the batch, 20 known, training step", partial(learn, 20, one=True), 1, 1.3, linear),
        Row("`as_multitask` forward in eval, one task in the batch", partial(multitask, False), 1, 1.25, plain),
        Row("`as_multitask` forward in eval, three tasks in the batch", partial(multitask, True), 1),
    ]  # fmt: skip


def answer(tasks: int, one: bool = False) -> Contestants:
    """Forward without gradients."""
    x, labels, _ = _batch(tasks, one)

    def answering(model: nn.Module, *inputs: Tensor) -> Contestant:
        model.eval()

        @torch.no_grad()
        def once() -> None:
            model(*inputs)

        return steady(once)

    ours, avalanche = _heads(tasks)
    return {
        "ours": answering(ours, x, labels),
        "avalanche": answering(avalanche, x, labels),
        "floor": answering(nn.Linear(FEATURES, CLASSES), x),
    }


def learn(tasks: int, one: bool = False) -> Contestants:
    """Forward, backward down to the features, and a step of SGD."""
    x, labels, y = _batch(tasks, one)
    x.requires_grad_()

    def learning(model: nn.Module, *inputs: Tensor) -> Contestant:
        optimizer = torch.optim.SGD(model.train().parameters(), lr=0.001)

        def once() -> None:
            optimizer.zero_grad()
            x.grad = None
            nn.functional.cross_entropy(model(*inputs), y).backward()
            optimizer.step()

        return steady(once)

    ours, avalanche = _heads(tasks)
    return {
        "ours": learning(ours, x, labels),
        "avalanche": learning(avalanche, x, labels),
        "floor": learning(nn.Linear(FEATURES, CLASSES), x),
    }


def multitask(mixed: bool) -> Contestants:
    model = theirs.SimpleMLP()
    x = torch.randn(64, 28 * 28)
    ours, avalanche = (
        as_multitask(copy.deepcopy(model), "classifier"),
        theirs.as_multitask(copy.deepcopy(model), "classifier"),
    )
    for task in range(3):
        experience = theirs.Arriving(range(CLASSES), task, task)
        ours.adaptation(experience)
        theirs.avalanche_model_adaptation(avalanche, experience)
    labels = torch.randint(3, (64,)) if mixed else torch.ones(64, dtype=torch.long)

    def answering(model: Any, *inputs: Tensor) -> Contestant:
        model.eval()

        @torch.no_grad()
        def once() -> None:
            model(*inputs)

        return steady(once)

    return {
        "ours": answering(ours, x, labels),
        "avalanche": answering(avalanche, x, labels),
        "floor": answering(model, x),
    }


def _batch(tasks: int, one: bool) -> tuple[Tensor, Tensor, Tensor]:
    labels = torch.full((BATCH,), tasks - 1) if one else torch.randint(tasks, (BATCH,))
    return torch.randn(BATCH, FEATURES), labels, torch.randint(CLASSES, (BATCH,))


def _heads(tasks: int) -> tuple[nn.Module, nn.Module]:
    ours, avalanche = MultiHeadClassifier(FEATURES), theirs.MultiHeadClassifier(FEATURES)
    for task in range(tasks):
        experience = theirs.Arriving(range(CLASSES), task, task)
        ours.adaptation(experience)
        theirs.avalanche_model_adaptation(avalanche, experience)
    return ours, avalanche
