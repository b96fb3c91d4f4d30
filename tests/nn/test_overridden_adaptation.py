"""A user's class may adapt in its own way, and whoever adapts around it calls that."""

import copy

import pytest
import torch
from torch import nn

import clspec
from clspec.experience import Experience
from clspec.nn import DynamicModule, IncrementalClassifier


class Counting(DynamicModule):
    def __init__(self):
        super().__init__()
        self.head = IncrementalClassifier(4)
        self.met = []

    def adaptation(self, experience, optimizer=None, optimizer_group=None):
        self.met.append((list(experience.classes), self.training))
        return super().adaptation(experience, optimizer, optimizer_group)

    def forward(self, x):
        return self.head(x)


def test_a_plain_module_around_it_calls_the_override_once():
    model = nn.Sequential(nn.Linear(4, 4), Counting())
    report = clspec.adapt(model, Experience([0, 1, 2]))
    assert model[1].met == [([0, 1, 2], True)]
    assert report.changes == ("1.head: rows 0, 1 for classes 0, 1", "1.head: +1 row for class 2")
    assert model(torch.zeros(1, 4)).shape == (1, 3)


def test_a_dynamic_module_around_it_calls_the_override_too():
    class Outer(DynamicModule):
        def __init__(self):
            super().__init__()
            self.inner = Counting()

    outer = Outer()
    outer.adaptation(Experience([3]))
    assert outer.inner.met == [([3], True)]
    outer.eval()
    outer.adaptation(Experience([9]))
    assert outer.inner.met[-1] == ([9], False)
    assert outer.inner.head.rows.classes == [3]


def test_an_override_that_fails_leaves_all_as_it_was():
    class Failing(Counting):
        def adaptation(self, experience, optimizer=None, optimizer_group=None):
            super().adaptation(experience, optimizer, optimizer_group)
            raise RuntimeError("no")

    model = nn.Sequential(IncrementalClassifier(4), Failing())
    before = copy.deepcopy(model.state_dict())
    with pytest.raises(RuntimeError, match="no"):
        clspec.adapt(model, Experience([0, 1, 2]))
    assert model.state_dict().keys() == before.keys()


def test_a_part_of_a_compiled_model_adapts_only_with_it():
    model = clspec.compile(
        clspec.parse_string("clspec 1 model Net { input features(4) head h = per_task(incremental()) }")
    )
    model.adaptation(Experience([0, 1], [0], 0))
    model.adaptation(Experience([0, 1], [1], 1))
    for part in (model.h, model.h.members[0], model.h.members[1]):
        with pytest.raises(RuntimeError, match="of Net is a part of a compiled model and adapts only through its root"):
            part.adaptation(Experience([5]))
