"""Avalanche's model and ours, of the same weights, led through the same stream."""

from __future__ import annotations

import warnings
from itertools import groupby

import torch
from avalanche.benchmarks import nc_benchmark
from avalanche.models import IncrementalClassifier, MultiHeadClassifier
from avalanche.models.dynamic_modules import avalanche_model_adaptation
from torch.utils.data import TensorDataset

import clspec
from clspec.nn import GrowingHead, PerTask

CLOSE = {"rtol": 1e-6, "atol": 1e-6}


def stream(experiences=5, order=None, shape=(1, 28, 28), tasks=False, from_zero=False):
    """Experiences of Avalanche's own, over 10 classes."""
    data = TensorDataset(torch.randn(40, *shape), torch.arange(10).repeat(4))
    data.targets = data.tensors[1].tolist()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        made = nc_benchmark(
            data, data, experiences, task_labels=tasks, shuffle=False, fixed_class_order=order,
            class_ids_from_zero_in_each_exp=from_zero,
        )  # fmt: skip
    return list(made.train_stream)


def compiled(body, shape=(1, 28, 28)):
    image = ", ".join(map(str, shape))
    return clspec.compile(clspec.parse_string(f"clspec 1\nmodel Ours {{\n input image({image})\n {body}\n}}"))


def copy_features(theirs, ours):
    """Writes the weights of Avalanche's feature extractor into ours: the same layers in the same order."""
    source, target = theirs.state_dict(), ours.state_dict()
    assert [tuple(value.shape) for value in source.values()] == [tuple(value.shape) for value in target.values()]
    ours.load_state_dict(dict(zip(target, source.values(), strict=True)))


def adapt(theirs, ours, experience, optimizer=None):
    """Adapts both and writes the weights of Avalanche's new rows into ours; old rows are left alone in both."""
    before = {(path, task, class_id) for path, task, class_id, _ in ours.class_map()} if ours_is_grown(ours) else set()
    avalanche_model_adaptation(theirs, experience)
    report = ours.adaptation(experience, optimizer)
    new = [(path, task, class_id) for path, task, class_id, _ in ours.class_map()]
    new = [entry for entry in new if entry not in before]
    for (path, task), entries in groupby(sorted(new, key=str), key=lambda entry: entry[:2]):
        head = ours.get_submodule(path)
        linear = linear_of(theirs, task)
        if isinstance(head, PerTask):
            head = head.members[head.tasks.member(task)]
        classes = [class_id for _, _, class_id in entries]
        head.set_rows({c: linear.weight[c] for c in classes}, {c: linear.bias[c] for c in classes})
    return report


def ours_is_grown(ours):
    heads = [module for module in ours.modules() if isinstance(module, GrowingHead)]
    return all(head.rows.claimed for head in heads)


def linear_of(theirs, task):
    head = theirs if isinstance(theirs, IncrementalClassifier | MultiHeadClassifier) else theirs.classifier
    if task is None:
        return head.classifier
    return head.classifiers[str(task)].classifier


def both(theirs, ours, *inputs):
    """The answers of both, with the same dropout."""
    state = torch.get_rng_state()
    first = theirs(*inputs)
    torch.set_rng_state(state)
    return first, ours(*inputs)


def same(theirs, ours, *inputs):
    first, second = both(theirs, ours, *inputs)
    if isinstance(first, dict):
        assert first.keys() == second.keys()
        for task, answer in first.items():
            torch.testing.assert_close(second[task], answer, **CLOSE)
    else:
        torch.testing.assert_close(second, first, **CLOSE)
    return second
