"""A change that fails, at whatever point, leaves model and optimizer as they were."""

import copy

import pytest
import torch
from torch import nn
from torch.utils.data import TensorDataset

from clspec.experience import Experience, ExperienceError
from clspec.nn import (
    CompiledModel,
    DynamicModule,
    IncrementalClassifier,
    MultiHeadClassifier,
    NearestMeanClassifier,
    Rule,
    on,
)


class Breaks(DynamicModule):
    broken = False

    def expand(self, arrival):
        if self.broken:
            raise RuntimeError("no memory")


LATER = on.experience(1)


class Model(CompiledModel):
    PLAN = (
        Rule(on.new_class, "expand", "head", own=True),
        Rule(on.new_class, "expand", "means", own=True),
        Rule(LATER, "unfreeze", "norm"),
        Rule(LATER, "freeze", "body"),
        Rule(LATER, "freeze", "head[:-1]"),
        Rule(LATER, "reset", "head"),
        Rule(LATER, "reset", "norm"),
        Rule(LATER, "align", "head"),
        Rule(LATER, "observe", "means"),
        Rule(on.start, "freeze", "norm"),
        Rule(LATER, "expand", "last"),
    )
    SEED = 3

    def __init__(self):
        super().__init__()
        self.body, self.norm = nn.Linear(4, 4), nn.BatchNorm1d(4)
        self.head, self.means = IncrementalClassifier(4), NearestMeanClassifier(4)
        self.last = Breaks()
        self.begin()

    def forward(self, x):
        features = self.norm(self.body(x))
        self.means(features)
        return self.head(features)


def everything(model, optimizer):
    parameters = dict(model.named_parameters())
    return {
        "state": copy.deepcopy(model.state_dict()),
        "same": {name: id(p) for name, p in parameters.items()},
        "flags": {name: p.requires_grad for name, p in parameters.items()},
        "grads": {name: None if p.grad is None else (id(p.grad), p.grad.clone()) for name, p in parameters.items()},
        "modes": [m.training for m in model.modules()],
        "optimizer": copy.deepcopy(optimizer.state_dict()),
        "held": [[id(p) for p in group["params"]] for group in optimizer.param_groups],
        "drawn": (dict(model.head._drawn), dict(model._memory.resets)),
    }


def equal(one, other):
    if isinstance(one, torch.Tensor):
        return torch.equal(one, other)
    if isinstance(one, dict):
        return list(one) == list(other) and all(equal(one[key], other[key]) for key in one)
    if isinstance(one, list | tuple):
        return len(one) == len(other) and all(map(equal, one, other))
    return one == other


def trained():
    model = Model()
    optimizer = torch.optim.AdamW(model.parameters(), lr=0.1)
    model.adaptation(Experience([0, 1], index=0), optimizer)
    for _ in range(2):
        optimizer.zero_grad()
        model(torch.randn(8, 4)).logsumexp(1).sum().backward()
        optimizer.step()
    return model, optimizer


def next_experience():
    return Experience([2, 3], index=1, dataset=TensorDataset(torch.randn(6, 4), torch.tensor([2, 3] * 3)))


@pytest.mark.parametrize("where", ["in the last rule", "no data", "wrong group", "other optimizer", "bad ids"])
def test_everything_is_put_back(where):
    model, optimizer = trained()
    experience, other = next_experience(), torch.optim.SGD(nn.Linear(1, 1).parameters(), lr=1)
    before = everything(model, optimizer)
    with pytest.raises((RuntimeError, ValueError)) as failed:
        if where == "in the last rule":
            model.last.broken = True
            model.adaptation(experience, optimizer)
        elif where == "no data":
            model.adaptation(Experience([2, 3], index=1), optimizer)
        elif where == "wrong group":
            model.adaptation(experience, optimizer, optimizer_group=4)
        elif where == "other optimizer":
            model.adaptation(experience, other)
        else:
            model.adaptation(Experience([2, -3], index=1), optimizer)
    assert failed.value.args
    model.last.broken = False
    assert equal(before, everything(model, optimizer))
    assert len(other.param_groups[0]["params"]) == 2
    torch.manual_seed(0)
    untouched, its_optimizer = trained()
    torch.manual_seed(1)
    assert model.adaptation(experience, optimizer).changes == untouched.adaptation(experience, its_optimizer).changes
    assert torch.equal(model.head.weight, untouched.head.weight)  # the seed counts no draw that was undone


# ---- bad input


@pytest.mark.parametrize(
    ("experience", "words"),
    [
        (Experience([-1]), "negative"),
        (Experience([1.5]), "integers"),
        (Experience(["a"]), "integers"),
        (Experience("ab"), "list of integers"),
        (Experience([True]), "integers"),
        (Experience([1, True]), "must hold integers, not True"),
        (Experience([1, 1.0]), "must hold integers, not 1.0"),
        (Experience([[0, 1], [2]]), r"must hold integers, not \[0, 1\]"),
        (Experience([-1, -2]), "found -1"),
        (Experience([0], task_labels=["a"]), "task_labels must hold integers"),
        (Experience([0], task_labels=[-2]), "task_labels must not hold negative"),
        (Experience([0], task_labels=[]), "at least one task"),
        (object(), "is no experience"),
    ],
)
@pytest.mark.parametrize("mode", [True, False])
def test_what_is_no_experience_is_refused_and_nothing_happens(experience, words, mode):
    model, optimizer = trained()
    model.train(mode)
    before = everything(model, optimizer)
    with pytest.raises(ExperienceError, match=words):
        model.adaptation(experience, optimizer)
    assert equal(before, everything(model, optimizer))


class Labelled(CompiledModel):
    PLAN = (
        Rule(on.new_task, "branch", "group.labels", own=True),
        Rule(on.new_class, "expand", "group.labels", own=True),
    )

    def __init__(self):
        super().__init__()
        self.group = nn.ModuleDict({"labels": MultiHeadClassifier(4)})
        self.begin()

    def forward(self, x, task_labels):
        return self.group["labels"](x, task_labels)


@pytest.mark.parametrize(
    ("x", "labels", "error", "words"),
    [
        (torch.randn(2, 5), 1, ValueError, r"group\.labels\.members\.1: the input must be \(batch, 4\)"),
        (torch.randn(2, 3, 4), 0, ValueError, r"group\.labels\.members\.0: .*flatten or pool"),
        (torch.randn(2, 4), torch.tensor([0]), ValueError, r"group\.labels: .*one label a sample"),
        (torch.randn(2, 4), "1", TypeError, r"group\.labels: task_labels must"),
        (torch.randn(2, 4), torch.tensor([0.0, 1.0]), TypeError, r"group\.labels: task_labels must be integers"),
        (torch.randn(2, 4), 8, ValueError, r"group\.labels: .*task 8; the known tasks are 0, 1"),
    ],
)
def test_a_wrong_forward_names_the_part(x, labels, error, words):
    model = Labelled()
    for task in (0, 1):
        model.adaptation(Experience([0, 1], [task]))
    with pytest.raises(error, match=words):
        model(x, labels)


def test_a_part_of_a_module_of_ones_own_is_named_too():
    model = nn.Sequential(nn.ModuleDict({"deep": IncrementalClassifier(4)}))

    class Own(DynamicModule):
        def __init__(self):
            super().__init__()
            self.inner = model

    own = Own()
    own.adaptation(Experience([0]))
    with pytest.raises(ValueError, match=r"inner\.0\.deep: the input must"):
        model[0]["deep"](torch.randn(1, 3))
    with pytest.raises(ValueError, match=r"inner\.0\.deep: class 300000 is more than"):
        own.adaptation(Experience([300_000]))
