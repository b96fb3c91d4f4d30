"""Parts inside parts, per-task parts in the middle, and events without classes."""

import copy
from functools import partial

import pytest
import torch
from torch import nn

from clspec.experience import Experience
from clspec.nn import (
    CompiledModel,
    CosineClassifier,
    DynamicModule,
    IncrementalClassifier,
    MultiHeadClassifier,
    MultiTaskModule,
    NestedModule,
    PerTask,
    Rule,
    adapt,
    on,
)
from clspec.streams import split

X = torch.randn(6, 4)


def same(one, other):
    return list(one) == list(other) and all(torch.equal(one[name], other[name]) for name in one)


def neck():
    return nn.Sequential(nn.Linear(4, 5), nn.BatchNorm1d(5), nn.ReLU())


class Inner(NestedModule):
    def __init__(self):
        super().__init__()
        self.labels = IncrementalClassifier(5)

    def forward(self, x):
        return self.labels(x)


class Outer(NestedModule):
    def __init__(self):
        super().__init__()
        self.neck = PerTask(neck)
        self.inner = Inner()
        self.tasks = PerTask(partial(CosineClassifier, 5))

    def forward(self, x, task_labels):
        x = self.neck(x, task_labels)
        return {"inner": self.inner(x), "tasks": self.tasks(x, task_labels)}


class Model(CompiledModel):
    PLAN = (
        Rule(on.new_task, "branch", "outer.neck", own=True),
        Rule(on.new_class, "expand", "outer.inner.labels", own=True),
        Rule(on.new_task, "branch", "outer.tasks", own=True),
        Rule(on.new_class, "expand", "outer.tasks", own=True),
        Rule(on.new_task, "freeze", "outer.neck[:-1]"),
        Rule(on.experience(3), "freeze", "outer"),
    )
    NEEDS_TASK_LABELS = True

    def __init__(self):
        super().__init__()
        self.outer = Outer()
        self.begin()

    def forward(self, x, task_labels):
        if task_labels is None:
            return self.every_task(x)
        return self.outer(x, task_labels)


def grown(count):
    model = Model()
    for experience in split(8, 4, task_labels=True)[:count]:
        model.adaptation(experience)
    return model


def test_a_group_in_a_group_with_a_neck_for_each_task():
    model = grown(3).eval()
    labels = torch.tensor([2, 0, 1, 1, 0, 2])
    mixed = model(X, labels)
    for at, task in enumerate(labels.tolist()):
        own = model(X[at : at + 1], task)
        for name, answer in own.items():
            torch.testing.assert_close(mixed[name][at, : answer.shape[1]], answer[0], atol=1e-6, rtol=0)
    assert {path for path, *_ in model.class_map()} == {"outer.inner.labels", "outer.tasks"}
    assert [all(p.requires_grad for p in member.parameters()) for member in model.outer.neck.members] == [
        False,
        False,
        True,
    ]


def test_frozen_necks_of_earlier_tasks_stand_still_in_training():
    model = grown(2)
    before = copy.deepcopy(model.outer.neck.members[0].state_dict())
    model.train()(X, 0)
    assert same(before, model.outer.neck.members[0].state_dict())
    model(X, 1)
    assert int(model.outer.neck.members[1][1].num_batches_tracked) == 1


def test_the_whole_is_saved_and_goes_on():
    old, new = grown(3), Model()
    new.load_state_dict(old.state_dict())
    for model in (old, new):
        model.adaptation(split(8, 4, task_labels=True)[3])
    assert old.describe() == new.describe()
    assert not any(p.requires_grad for p in new.parameters())


# ---- dynamic inside plain, and the reverse


def test_dynamic_in_plain_in_dynamic():
    class Own(DynamicModule):
        def __init__(self):
            super().__init__()
            self.plain = nn.Sequential(nn.Linear(4, 4), IncrementalClassifier(4))

        def forward(self, x):
            return self.plain(x)

    class Plain(nn.Module):
        def __init__(self):
            super().__init__()
            self.own, self.other = Own(), nn.ModuleList([nn.ModuleDict({"head": MultiHeadClassifier(4)})])

        def forward(self, x, task):
            return self.own(x), self.other[0]["head"](x, task)

    model = Plain()
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
    for experience in split(6, 3, task_labels=True):
        report = adapt(model, experience, optimizer)
    assert report.changes == (
        "own.plain.1: +2 rows for classes 4, 5",
        "other.0.head: + member 2 for task 2 with 2 rows for classes 4, 5",
    )
    assert [tuple(answer.shape) for answer in model(X, 2)] == [(6, 6), (6, 6)]
    fresh = Plain()
    fresh.load_state_dict(model.state_dict())
    assert same(fresh.state_dict(), model.state_dict())
    assert len(optimizer.param_groups[0]["params"]) == len(list(model.parameters()))


def test_several_roots_take_part_in_one_failure():
    class Fails(DynamicModule):
        PLAN = (Rule(on.experience(), "expand", ""),)

        def expand(self, arrival):
            raise RuntimeError("no memory")

    model = nn.ModuleList([grown(2), Fails()])
    before = copy.deepcopy(model.state_dict())
    with pytest.raises(RuntimeError, match="no memory"):
        adapt(model, split(8, 4, task_labels=True)[3])
    assert same(before, model.state_dict())


# ---- events without classes


def test_regression_counts_experiences_and_leaves_heads_alone():
    class Regression(CompiledModel):
        PLAN = (
            Rule(on.new_class, "expand", "classes", own=True),
            Rule(on.experience(1), "freeze", "body"),
            Rule(on.after(on.experience(2, 2)), "reset", "head"),
        )

        def __init__(self):
            super().__init__()
            self.body, self.head, self.classes = nn.Linear(4, 4), nn.Linear(4, 1), IncrementalClassifier(4)
            self.begin()

        def forward(self, x):
            return self.head(self.body(x))

    model = Regression()
    said = []
    for number in range(3):
        said.append(model.adaptation(Experience(None, index=number)).changes)
        assert model.adaptation(Experience(None, index=number)).changes == ()
    assert said == [(), ("body: frozen",), ()]
    assert model.post_adaptation().changes == ("head: reset",)
    new = Regression()
    new.load_state_dict(model.state_dict())
    assert new.adaptation(Experience(None, index=2)).changes == ()
    assert model.class_map() == new.class_map() == [("classes", None, 0, 0), ("classes", None, 1, 1)]


def test_a_linear_head_for_each_task_of_a_regression():
    class Own(MultiTaskModule):
        def __init__(self):
            super().__init__()
            self.head = PerTask(partial(nn.Linear, 4, 1))

        def forward_single_task(self, x, task_label):
            return self.head(x, task_label)

    model = Own()
    for task in (4, 2):
        report = model.adaptation(Experience(None, [task]))
    assert report.changes == ("head: + member 1 for task 2",)
    labels = torch.tensor([2, 4, 4, 2, 2, 4])
    mixed = model(X, labels)
    torch.testing.assert_close(mixed[labels == 2], model.head.members[1](X[labels == 2]))
    assert set(model(X, None)) == {4, 2}


def test_several_tasks_whose_first_is_not_0():
    part = MultiHeadClassifier(4)
    report = part.adaptation(Experience([3, 5], [7]))
    assert report.changes == ("self: member 0 for task 7", "self: member 0: rows 0, 1 for classes 3, 5")
