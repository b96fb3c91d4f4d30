"""Rows about the forward of progressive networks."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

import torch
from torch import Tensor, nn

from benchmarks import theirs
from benchmarks.row import Contestants, Row
from benchmarks.turns import Contestant, steady
from clspec.nn import DynamicModule, MultiHeadClassifier, ProgressiveNetwork

FEATURES, HIDDEN, LAYERS, CLASSES, BATCH = 784, 100, 2, 10, 64


def rows() -> list[Row]:
    forward = "progressive network forward (784 features, 2 layers of 100, batch 64),"
    newest = [(5, 1.7), (10, 3), (20, 5)]
    return [
        *(
            Row(f"{forward} newest of {columns} columns, {mode}", partial(run, columns, columns - 1, mode), faster, 2,
                "its matmuls")
            for mode in ("eval", "training") for columns, faster in newest
        ),
        *(Row(f"{forward} column 5 of 10, {mode}", partial(run, 10, 4, mode), 1) for mode in ("eval", "training")),
        *(Row(f"{forward} mixed labels over 10 columns, {mode}", partial(run, 10, None, mode), 1)
          for mode in ("eval", "training")),
    ]  # fmt: skip


class Ours(DynamicModule):
    """The columns and a head for each task, as Avalanche's PNN has them."""

    def __init__(self) -> None:
        super().__init__()
        self.columns = ProgressiveNetwork(FEATURES, HIDDEN, LAYERS)
        self.classifier = MultiHeadClassifier(HIDDEN)

    def forward(self, x: Tensor, task_labels: int | Tensor) -> Any:
        return self.classifier(self.columns(x, task_labels), task_labels)


def run(columns: int, position: int | None, mode: str) -> Contestants:
    """Forward for the column at `position`, an int label; for labels of every column where it is None."""
    ours, avalanche = Ours(), theirs.PNN(LAYERS, FEATURES, HIDDEN)
    for task in range(columns):
        experience = theirs.Arriving(range(CLASSES), task, task)
        ours.adaptation(experience)
        theirs.avalanche_model_adaptation(avalanche, experience)
    x = torch.randn(BATCH, FEATURES)
    labels: int | Tensor = torch.arange(BATCH) % columns if position is None else position

    def forward(model: Callable[..., object], *inputs: Any) -> Contestant:
        def once() -> None:
            with torch.set_grad_enabled(mode == "training"):
                model(*inputs)

        return steady(once)

    for model in (ours, avalanche):
        model.train(mode == "training")
    return {
        "ours": forward(ours, x, labels),
        "avalanche": forward(avalanche, x, labels),
        "floor": forward(matmuls(columns), x),
    }


def matmuls(columns: int) -> Callable[[Tensor], Tensor]:
    """The products that the newest of so many columns cannot do without, nothing between them.

    At the bottom every column's own linear layer and, but for the first, its adapter: all are given the same x, so the
    weights of each kind lie side by side and an adapter is as large as one linear layer. At the top the newest only.
    """
    earlier = columns - 1
    own = torch.randn(HIDDEN * columns, FEATURES, requires_grad=True)
    reduce = torch.randn(HIDDEN * earlier, FEATURES, requires_grad=True)
    project = torch.randn(earlier, HIDDEN, HIDDEN, requires_grad=True)
    top_own, top_project, head = (torch.randn(n, HIDDEN, requires_grad=True) for n in (HIDDEN, HIDDEN, CLASSES))
    top_reduce = torch.randn(HIDDEN, HIDDEN * earlier, requires_grad=True)
    linear = nn.functional.linear

    def forward(x: Tensor) -> Tensor:
        hidden = linear(x, own)
        reduced = linear(x, reduce)
        torch.bmm(reduced.view(len(x), earlier, HIDDEN).transpose(0, 1), project)
        linear(hidden[:, -HIDDEN:], top_own)
        return linear(linear(linear(hidden[:, HIDDEN:], top_reduce), top_project), head)

    return forward
