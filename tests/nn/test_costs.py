"""What an adaptation costs is counted in calls of functions, which are the same on every machine."""

from __future__ import annotations

import cProfile
import itertools
import pstats

import pytest
import torch
from torch import nn

import clspec
from clspec.experience import Experience
from clspec.nn import IncrementalClassifier, MultiHeadClassifier, PerTask, ProgressiveNetwork

KNOWN, NEW = "nothing new", "ten classes more"


def arriving(kind: str, first: int = 0):
    classes = (range(10) if kind == KNOWN else range(10 * at, 10 * at + 10) for at in itertools.count(first))
    return (Experience(list(each), [0], index) for index, each in enumerate(classes, first))


def calls(model, optimizer, experience) -> int:
    """How many functions are called to adapt, once it is known what is inside the model and the optimizer."""
    profile = cProfile.Profile()
    profile.enable()
    model.adaptation(experience, optimizer)
    profile.disable()
    return pstats.Stats(profile).total_calls


def deep(layers: int):
    body = f"input features(4) backbone body = mlp({[*[4] * layers, 8]})"
    model = clspec.compile(clspec.parse_string(f"clspec 1\nmodel Deep {{ {body} head classifier = incremental() }}"))
    return model, torch.optim.SGD(model.parameters(), lr=0.1, momentum=0.9)


@pytest.mark.parametrize("kind", [KNOWN, NEW])
def test_a_model_of_two_hundred_tensors_adapts_like_one_of_ten(kind):
    counts = []
    for layers in (4, 100):
        (model, optimizer), experiences = deep(layers), arriving(kind)
        for _ in range(2):
            model.adaptation(next(experiences), optimizer)
        counts.append(calls(model, optimizer, next(experiences)))
    assert counts[0] == counts[1]


def test_a_head_of_two_thousand_classes_grows_like_one_of_forty():
    head = IncrementalClassifier(3, 10)
    optimizer = torch.optim.SGD(head.parameters(), lr=0.1)
    experiences = arriving(NEW)
    counts = {}
    for at in range(200):
        counts[at] = calls(head, optimizer, next(experiences))
    assert counts[199] == counts[4]


def test_what_is_registered_elsewhere_costs_nothing_and_what_is_put_inside_is_found():
    (model, optimizer), experiences = deep(50), arriving(KNOWN)
    for _ in range(2):
        model.adaptation(next(experiences), optimizer)
    usual = calls(model, optimizer, next(experiences))
    another = IncrementalClassifier(3)
    another.adaptation(Experience([5]))
    looking = calls(model, optimizer, next(experiences)) - usual
    assert looking < 60  # over what was registered, not over fifty layers
    model.body.more = IncrementalClassifier(3)
    assert calls(model, optimizer, next(experiences)) > 10 * usual


def test_what_is_inserted_into_a_list_is_found():
    model = clspec.nn.DynamicModule()
    model.body, model.head = nn.Sequential(nn.Linear(3, 3)), IncrementalClassifier(3)
    model.adaptation(Experience([0, 1]))
    model.body.insert(0, IncrementalClassifier(3))
    report = model.adaptation(Experience([2, 3]))
    assert {words.split(":")[0] for words in report.changes} == {"body.0", "head"}


@pytest.mark.parametrize("make", [MultiHeadClassifier, ProgressiveNetwork, IncrementalClassifier])
def test_what_grows_is_followed_and_not_looked_for_again(make):
    part = make(4)
    part.adaptation(Experience([0], [0], 0))
    inside = part._found.of(part)
    for task in range(1, 4):
        part.adaptation(Experience([task, task + 5], [task], task))
        nn.Sequential(nn.Linear(2, 2))  # registered elsewhere
        assert part._found.of(part) is inside


class Listed(nn.Module):
    """Its list is part of it before anything is in the list."""

    def __init__(self):
        super().__init__()
        self.layers = nn.ModuleList()
        self.layers.append(nn.Sequential())


def test_what_is_put_into_what_an_adaptation_made_is_found():
    part = PerTask(Listed)
    for task in range(3):
        part.adaptation(Experience([task], [task], task))
    assert part._found.inside.holds()
    part.members[2].layers[0].more = IncrementalClassifier(3)
    assert not part._found.inside.holds()


def test_thousands_of_registrations_elsewhere_are_not_told_apart_and_lose_nothing():
    inner = IncrementalClassifier(3)
    model = clspec.nn.DynamicModule()
    model.head = inner
    model.adaptation(Experience([0, 1]))
    model.second = IncrementalClassifier(3)
    for _ in range(600):
        nn.Linear(1, 1)
    report = model.adaptation(Experience([2, 3]))
    assert {words.split(":")[0] for words in report.changes} == {"head", "second"}
