"""A small split benchmark in memory: six classes of points that are easy to tell apart, two to an experience."""

from __future__ import annotations

from functools import cache

import torch
from avalanche.benchmarks import nc_benchmark
from avalanche.benchmarks.utils import as_classification_dataset
from torch.utils.data import TensorDataset

FEATURES, CLASSES, EXPERIENCES = 8, 6, 3


def points(seed: int, samples: int = 20):
    """(samples * CLASSES, FEATURES) and targets; the same class centres for every seed."""
    centres = torch.randn(CLASSES, FEATURES, generator=torch.Generator().manual_seed(7)) * 4
    noise = torch.randn(samples * CLASSES, FEATURES, generator=torch.Generator().manual_seed(seed))
    targets = torch.arange(CLASSES).repeat(samples)
    return centres[targets] + 0.3 * noise, targets


def _dataset(seed: int):
    x, y = points(seed)
    data = TensorDataset(x, y)
    data.targets = y.tolist()
    return as_classification_dataset(data)


@cache
def benchmark(task_labels: bool = False):
    """Three experiences of two classes each, in the order of their ids, as one task or as three."""
    return nc_benchmark(
        _dataset(1), _dataset(2), n_experiences=EXPERIENCES, task_labels=task_labels, shuffle=False, seed=0
    )
