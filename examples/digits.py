"""Trains the models of `specs/digits/` on scikit-learn's handwritten digits, in a plain PyTorch loop.

Five experiences of two digits each. The only line that continual learning adds to the loop is
`model.adaptation(experience, optimizer=optimizer)`. Run it all with `make demo`.
"""

from __future__ import annotations

import random
import sys
from collections.abc import Iterable, Sequence

import torch
from click import progressbar
from sklearn.datasets import load_digits
from torch import Tensor, nn
from torch.nn.functional import cross_entropy
from torch.utils.data import DataLoader, Dataset, TensorDataset

import clspec

Sample = tuple[Tensor, Tensor]


def digits() -> tuple[TensorDataset, TensorDataset]:
    """1,797 images of 8 by 8 pixels, bundled with scikit-learn: every fifth is kept for testing."""
    images, labels = load_digits(return_X_y=True)
    x = torch.tensor(images, dtype=torch.float32).reshape(-1, 1, 8, 8) / 16
    y = torch.tensor(labels)
    test = torch.arange(len(y)) % 5 == 0
    return TensorDataset(x[~test], y[~test]), TensorDataset(x[test], y[test])


def train(
    model: nn.Module,
    train_stream: Sequence[clspec.Experience],
    test_stream: Sequence[clspec.Experience],
    *,
    task_labels: bool = False,
    replay: int = 0,
    epochs: int = 12,
) -> float:
    """Trains over the stream, printing after each experience what happened; the average accuracy at the end.

    `replay` is how many samples of each experience are kept and trained again with the later ones.
    """
    optimizer = torch.optim.Adam(model.parameters(), lr=1e-3)
    memory: list[Sample] = []
    accuracies: list[float] = []
    for experience in train_stream:
        model.train()
        report = model.adaptation(experience, optimizer=optimizer)  # the one extra line
        samples: list[Sample] = list(experience.dataset)
        with progressbar(range(epochs), label="    epochs", file=sys.stderr, hidden=not sys.stderr.isatty()) as bar:
            for _ in bar:
                for x, y in batches(samples, memory):
                    optimizer.zero_grad()
                    logits = model(x, experience.index) if task_labels else model(x)
                    cross_entropy(logits, y).backward()
                    optimizer.step()
        if replay:
            memory += random.Random(0).sample(samples, replay)
        seen = test_stream[: len(accuracies) + 1]
        accuracies = [accuracy(model, test, task_labels) for test in seen]
        parameters = sum(parameter.numel() for parameter in model.parameters())
        print(f"  experience {experience.index}: {'; '.join(report.changes)}")
        print(f"    accuracy {'  '.join(f'{a:6.1%}' for a in accuracies)}   {parameters:,} parameters", flush=True)
    return sum(accuracies) / len(accuracies)


def batches(samples: Sequence[Sample], memory: Sequence[Sample]) -> Iterable[Sample]:
    """Minibatches of the experience's own samples, each with as many remembered ones."""
    for x, y in DataLoader(as_dataset(samples), batch_size=32, shuffle=True):
        if not memory:
            yield x, y
            continue
        again = random.choices(memory, k=len(y))
        old_x, old_y = torch.stack([old for old, _ in again]), torch.tensor([int(label) for _, label in again])
        yield torch.cat([x, old_x]), torch.cat([y, old_y])


def as_dataset(samples: Sequence[Sample]) -> Dataset[tuple[Tensor, ...]]:
    return TensorDataset(torch.stack([x for x, _ in samples]), torch.tensor([int(y) for _, y in samples]))


@torch.no_grad()
def accuracy(model: nn.Module, experience: clspec.Experience, task_labels: bool) -> float:
    """The share of an experience's test samples that the model gets right."""
    model.eval()
    x, y = next(iter(DataLoader(as_dataset(list(experience.dataset)), batch_size=1000)))
    logits = model(x, experience.index) if task_labels else model(x)
    return (logits.argmax(dim=1) == y).float().mean().item()
