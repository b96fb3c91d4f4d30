"""Every optimizer, its groups, schedulers and loss scaling, while a model grows and parts of it freeze."""

import copy
from functools import partial

import pytest
import torch
from torch import nn
from torch.optim import SGD, Adagrad, Adam, AdamW, RMSprop
from torch.optim.lr_scheduler import CosineAnnealingLR, LambdaLR, OneCycleLR

from clspec.nn import CompiledModel, IncrementalClassifier, MultiHeadClassifier, Rule, on
from clspec.streams import split


class Model(CompiledModel):
    PLAN = (
        Rule(on.new_class, "expand", "head", own=True),
        Rule(on.new_task, "branch", "tasks", own=True),
        Rule(on.new_class, "expand", "tasks", own=True),
        Rule(on.new_class, "freeze", "head[:-1]"),
        Rule(on.experience(2), "freeze", "body", until="0"),
    )
    NEEDS_TASK_LABELS = True

    def __init__(self):
        super().__init__()
        self.body = nn.Sequential(nn.Linear(4, 4), nn.Linear(4, 4), nn.BatchNorm1d(4))
        self.head = IncrementalClassifier(4, 1)
        self.tasks = MultiHeadClassifier(4, 1)
        self.begin()

    def forward(self, x, task_labels):
        features = self.body(x)
        return self.head(features), self.tasks(features, task_labels)


STREAM = split(8, 4, task_labels=True)


def loss(model, task):
    one, other = model(torch.randn(8, 4), task)
    return one.clamp(min=-50).logsumexp(1).sum() + other.clamp(min=-50).logsumexp(1).sum()


def decay_or_not(model):
    named = list(model.named_parameters())
    return [
        {"params": [p for n, p in named if n.endswith("weight")], "weight_decay": 0.1},
        {"params": [p for n, p in named if not n.endswith("weight")], "weight_decay": 0.0},
    ]


KINDS = {
    "sgd": partial(SGD, lr=0.1, momentum=0.9, weight_decay=0.1),
    "nesterov": partial(SGD, lr=0.1, momentum=0.9, weight_decay=0.1, nesterov=True),
    "adam": partial(Adam, lr=0.01, weight_decay=0.1),
    "amsgrad": partial(Adam, lr=0.01, amsgrad=True),
    "adamw": partial(AdamW, lr=0.01, weight_decay=0.1),
}
MATRIX = {
    f"{name}, foreach={each}": partial(make, foreach=each) for name, make in KINDS.items() for each in (True, False)
}
MATRIX |= {
    "rmsprop": partial(RMSprop, lr=0.01, momentum=0.9, weight_decay=0.1),
    "adagrad": partial(Adagrad, lr=0.01, weight_decay=0.1),
}


@pytest.mark.parametrize("groups", [nn.Module.parameters, decay_or_not])
@pytest.mark.parametrize("make", MATRIX.values(), ids=MATRIX)
def test_state_stays_and_what_is_frozen_stands_still(make, groups):
    model = Model()
    optimizer = make(groups(model))
    for task, experience in enumerate(STREAM):
        before = {id(p): copy.deepcopy(s) for p, s in optimizer.state.items()}
        model.adaptation(experience, optimizer)
        after = {id(p): s for p, s in optimizer.state.items()}
        for held, state in before.items():
            assert all(
                torch.equal(torch.as_tensor(after[held][k]), torch.as_tensor(v))
                for k, v in state.items()
                if v is not None
            )
        held = [id(p) for group in optimizer.param_groups for p in group["params"]]
        assert sorted(held) == sorted(map(id, model.parameters()))
        frozen = {n: p.clone() for n, p in model.named_parameters() if not p.requires_grad}
        moving = {n: p.clone() for n, p in model.named_parameters() if p.requires_grad}
        assert [g.weight.requires_grad for g in model.head.generations] == [False] * task + [True]
        assert ("body.0.weight" in frozen) == (task >= 2)
        for _ in range(2):
            optimizer.zero_grad(set_to_none=False)
            loss(model, task).backward()
            optimizer.step()
        now = dict(model.named_parameters())
        assert all(torch.equal(now[name], value) for name, value in frozen.items())
        newest = f"head.generations.{len(model.head.generations) - 1}.weight"
        assert not torch.equal(now[newest], moving[newest])
        assert not torch.equal(now["body.1.weight"], moving["body.1.weight"])


def test_new_parameters_take_the_values_of_their_group():
    model = Model()
    optimizer = AdamW(decay_or_not(model), lr=0.01)
    for experience in STREAM:
        model.adaptation(experience, optimizer)
    names = {id(p): n for n, p in model.named_parameters()}
    weights, rest = ({names[id(p)] for p in group["params"]} for group in optimizer.param_groups)
    assert all(name.endswith("weight") for name in weights)
    assert not any(name.endswith("weight") for name in rest)


@pytest.mark.parametrize(
    "schedule",
    [
        lambda optimizer: LambdaLR(optimizer, lambda step: 0.9**step),
        lambda optimizer: CosineAnnealingLR(optimizer, T_max=8),
        lambda optimizer: OneCycleLR(optimizer, max_lr=0.1, total_steps=10),
    ],
)
def test_schedulers_go_on_over_growth(schedule):
    def rates(grow):
        model = Model()
        optimizer = SGD(decay_or_not(model), lr=0.1, momentum=0.9)
        scheduler, seen = schedule(optimizer), []
        for task, experience in enumerate(STREAM):
            if grow or task == 0:
                model.adaptation(experience, optimizer)
            optimizer.zero_grad()
            loss(model, task if grow else 0).backward()
            optimizer.step()
            scheduler.step()
            seen.append([(group["lr"], group["momentum"]) for group in optimizer.param_groups])
        assert all(p.requires_grad for p in model.head.generations[-1].parameters())
        return seen

    assert rates(grow=True) == rates(grow=False)


def test_with_a_grad_scaler():
    model = Model()
    optimizer = SGD(model.parameters(), lr=0.1, momentum=0.9)
    scaler = torch.amp.GradScaler("cpu", init_scale=2.0**8)
    for task, experience in enumerate(STREAM):
        model.adaptation(experience, optimizer)
        newest = model.head.generations[-1].weight
        old = [g.weight.clone() for g in model.head.generations]
        with torch.autocast("cpu", dtype=torch.bfloat16):
            value = loss(model, task)
        optimizer.zero_grad()
        scaler.scale(value).backward()
        scaler.step(optimizer)
        scaler.update()
        assert [not torch.equal(g.weight, was) for g, was in zip(model.head.generations, old, strict=True)] == [
            False
        ] * task + [True]
        assert torch.isfinite(newest).all()
    assert scaler.get_scale() == 2.0**8
