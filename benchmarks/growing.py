"""Rows about growth and adaptation: what happens between experiences."""

from __future__ import annotations

import itertools
import time
from collections.abc import Callable
from functools import partial
from typing import Any

import torch
from torch import nn

import clspec
from benchmarks import theirs
from benchmarks.memory import peaks
from benchmarks.row import Contestants, Row
from benchmarks.turns import Contestant, steady
from clspec.nn import IncrementalClassifier

FEATURES, AT_A_TIME, STEPS = 512, 10, 10


def rows() -> list[Row]:
    linear = "one `nn.Linear(512, 10000)`"
    return [
        Row(
            "grow 10 at a time to 10,000 classes (512 features), momentum in use",
            partial(grow, 10_000), 100, 4, linear,
        ),
        Row("the same to 1,000 classes", partial(grow, 1000), 15, counted="no row copied"),
        Row("the same to 100 classes", partial(grow, 100), 4, counted="no row copied"),
        Row("adaptation and optimizer update, 1,000 tensors in the model", partial(update, 1000), 100, 1.2,
            "the same with 10 tensors"),
        Row("the same, 3,000 tensors", partial(update, 3000), 500, 1.2, "the same with 10 tensors"),
        Row("adaptation of a compiled model with 1,000 submodules, nothing new", partial(nothing_new, False), 200, 1.2,
            "the same with 10 submodules"),
        Row("the same, with the optimizer update", partial(nothing_new, True), 200, 1.2, "the same with 10 submodules"),
        Row("peak memory of growing to 10,240 classes and one more", peaks, 1, 1.2, "the final weights"),
    ]  # fmt: skip


# ---- to so many classes


def grow(classes: int) -> Contestants:
    """A training step on all classes so far after each tenth of the way, which is not timed, keeps momentum in use."""

    def ours() -> float:
        head = IncrementalClassifier(FEATURES, AT_A_TIME)
        optimizer = _momentum(head)
        return _grown(classes, head, optimizer, lambda arriving: head.adaptation(arriving, optimizer))

    def avalanche() -> float:
        head = theirs.IncrementalClassifier(FEATURES, AT_A_TIME)
        updated = theirs.Updated(head, _momentum(head))
        return _grown(classes, head, updated.optimizer, updated.adapt)

    def floor() -> float:
        start = time.process_time()
        nn.Linear(FEATURES, classes)
        return time.process_time() - start

    return {"ours": ours, "avalanche": avalanche, "floor": floor}


def _grown(classes: int, head: nn.Module, optimizer: Any, adapt: Callable[[theirs.Arriving], object]) -> float:
    experiences = [
        theirs.Arriving(range(first, first + AT_A_TIME), index=index)
        for index, first in enumerate(range(0, classes, AT_A_TIME))
    ]
    x, seconds, tenth = torch.randn(1, FEATURES), 0.0, len(experiences) // STEPS
    for first in range(0, len(experiences), tenth):
        start = time.process_time()
        for experience in experiences[first : first + tenth]:
            adapt(experience)
        seconds += time.process_time() - start
        head(x).mean().backward()
        optimizer.step()
        optimizer.zero_grad()
    return seconds


def _momentum(model: nn.Module) -> torch.optim.Optimizer:
    return torch.optim.SGD(model.parameters(), lr=0.01, momentum=0.9)


# ---- beside so many tensors


def update(tensors: int) -> Contestants:
    """Each piece of work gives a head ten classes more, and the optimizer what is new."""
    return {"ours": _ours_beside(tensors), "avalanche": _theirs_beside(tensors), "floor": _ours_beside(10)}


def _ours_beside(tensors: int) -> Contestant:
    model = clspec.compile(clspec.parse_string(_spec(tensors // 2 - 2)))
    optimizer = _used(model, model(torch.randn(2, 4)))
    arriving = _ever_more()
    return steady(lambda: model.adaptation(next(arriving), optimizer), count=20)


def _theirs_beside(tensors: int) -> Contestant:
    body = nn.Sequential(*(nn.Linear(4, 4) for _ in range(tensors // 2 - 2)))
    model = nn.Sequential(body, nn.Linear(4, 64), theirs.IncrementalClassifier(64))
    updated = theirs.Updated(model, torch.optim.SGD(model.parameters(), lr=0.01, momentum=0.9))
    _step(updated.optimizer, model(torch.randn(2, 4)))
    arriving = _ever_more()
    return steady(lambda: updated.adapt(next(arriving)), count=1)


def _spec(layers: int) -> str:
    """A body of so many layers of four, in lists no longer than specs may hold, one of 64, and a head."""
    lists = [[4] * min(500, layers - first) for first in range(0, layers, 500)] or [[]]
    lists[-1].append(64)
    body = "\n".join(f"  backbone body{at} = mlp({sizes})" for at, sizes in enumerate(lists))
    return f"clspec 1\nmodel Deep {{\n  input features(4)\n{body}\n  head classifier = incremental(initial=2)\n}}\n"


def _used(model: nn.Module, answer: torch.Tensor) -> torch.optim.Optimizer:
    optimizer = _momentum(model)
    _step(optimizer, answer)
    return optimizer


def _step(optimizer: Any, answer: torch.Tensor) -> None:
    answer.mean().backward()
    optimizer.step()


def _ever_more(classes: int = AT_A_TIME):
    return (theirs.Arriving(range(at * classes, (at + 1) * classes), index=at) for at in itertools.count())


# ---- nothing new


def nothing_new(optimizer: bool) -> Contestants:
    """Each piece of work is another experience of the classes that are known."""
    return {
        "ours": _ours_idle(1000, optimizer),
        "avalanche": _theirs_idle(1000, optimizer),
        "floor": _ours_idle(10, optimizer),
    }


def _known_again():
    return (theirs.Arriving(range(AT_A_TIME), index=at) for at in itertools.count())


def _ours_idle(submodules: int, with_optimizer: bool) -> Contestant:
    model = clspec.compile(clspec.parse_string(_spec(submodules // 2 - 1)))  # a linear layer and a relu each
    optimizer = _momentum(model) if with_optimizer else None
    arriving = _known_again()
    return steady(lambda: model.adaptation(next(arriving), optimizer))


def _theirs_idle(submodules: int, with_optimizer: bool) -> Contestant:
    layers = [layer for _ in range(submodules // 2) for layer in (nn.Linear(4, 4), nn.ReLU())]
    model = nn.Sequential(nn.Sequential(*layers), theirs.IncrementalClassifier(4))
    updated = theirs.Updated(model, _momentum(model))
    arriving = _known_again()
    if with_optimizer:
        return steady(lambda: updated.adapt(next(arriving)), count=1)
    return steady(lambda: theirs.avalanche_model_adaptation(model, next(arriving)))
