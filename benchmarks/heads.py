"""Rows about the forward, backward and optimizer step of a head of many generations, against one `nn.Linear`."""

from __future__ import annotations

from functools import partial

import torch
from torch import nn

from benchmarks import theirs
from benchmarks.row import Contestants, Row
from benchmarks.turns import Contestant, steady
from clspec.nn import IncrementalClassifier

FEATURES, AT_A_TIME, GENERATIONS = 512, 10, 20


def rows() -> list[Row]:
    passes = "head of 20 generations, forward and backward, batch"
    step = "optimizer step of that head,"
    sgd, adam = partial(torch.optim.SGD, lr=0.01, momentum=0.9), partial(torch.optim.Adam, lr=0.001)
    return [
        Row(f"{passes} 64", partial(forward_and_backward, 64), at_most=1.4, floor="one `nn.Linear`"),
        Row(f"{passes} 256", partial(forward_and_backward, 256), at_most=1.25, floor="one `nn.Linear`"),
        Row(f"{step} SGD with `foreach`", partial(step_of, sgd), at_most=4, floor="one `nn.Linear`'s"),
        Row(f"{step} Adam with `foreach`", partial(step_of, adam), at_most=4, floor="one `nn.Linear`'s"),
    ]


def grown() -> IncrementalClassifier:
    """A head that grew by ten classes, twenty times: 512 features, 200 classes."""
    head = IncrementalClassifier(FEATURES, AT_A_TIME)
    for index in range(GENERATIONS):
        head.adaptation(theirs.Arriving(range(index * AT_A_TIME, (index + 1) * AT_A_TIME), index=index))
    return head


def forward_and_backward(batch: int) -> Contestants:
    x = torch.randn(batch, FEATURES, requires_grad=True)
    y = torch.randint(GENERATIONS * AT_A_TIME, (batch,))

    def passes(model: nn.Module) -> Contestant:
        parameters = list(model.parameters())

        def once() -> None:
            nn.functional.cross_entropy(model(x), y).backward()
            for parameter in parameters:
                parameter.grad = None
            x.grad = None

        return steady(once)

    return {"ours": passes(grown()), "floor": passes(nn.Linear(FEATURES, GENERATIONS * AT_A_TIME))}


def step_of(kind: partial[torch.optim.Optimizer]) -> Contestants:
    def stepping(model: nn.Module) -> Contestant:
        optimizer = kind(model.parameters(), foreach=True)
        model(torch.randn(64, FEATURES)).mean().backward()
        return steady(optimizer.step)

    return {"ours": stepping(grown()), "floor": stepping(nn.Linear(FEATURES, GENERATIONS * AT_A_TIME))}
