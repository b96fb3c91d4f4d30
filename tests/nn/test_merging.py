"""One generation of many, bit for bit."""

import copy

import pytest
import torch
from torch import nn

from clspec.experience import Experience
from clspec.nn import (
    CompiledModel,
    CosineClassifier,
    IncrementalClassifier,
    MultiHeadClassifier,
    NearestMeanClassifier,
    Rule,
    on,
)
from clspec.streams import split


class Model(CompiledModel):
    PLAN = (Rule(on.new_class, "expand", "head", own=True),)

    def __init__(self, head=None):
        super().__init__()
        self.body, self.head = nn.Linear(4, 4), head or IncrementalClassifier(4)
        self.begin()

    def forward(self, x):
        return self.head(self.body(x))


def step(model, optimizer):
    optimizer.zero_grad()
    model(X).logsumexp(1).sum().backward()
    optimizer.step()


X = torch.randn(8, 4)


def test_momentum_goes_on_as_without_merging():
    model = Model()
    optimizer = torch.optim.SGD(model.named_parameters(), lr=0.01, momentum=0.9, weight_decay=0.1)
    for experience in split(9, 3):
        model.adaptation(experience, optimizer)
        step(model, optimizer)
    twin, its = copy.deepcopy((model, optimizer))
    class_map, logits = model.class_map(), model(X)
    assert model.merge_generations(optimizer) == ("head: 3 generations merged into 1",)
    assert model.merge_generations(optimizer) == ()
    assert model.class_map() == class_map
    assert torch.equal(model(X), logits)
    assert [n for n, _ in model.head.named_parameters()] == ["generations.0.weight", "generations.0.bias"]
    assert optimizer.param_groups[0]["param_names"] == [n for n, _ in model.named_parameters()]
    assert {id(p) for p in optimizer.param_groups[0]["params"]} == {id(p) for p in model.parameters()}
    for one, its_own in ((model, optimizer), (twin, its)):
        step(one, its_own)
    torch.testing.assert_close(model.head.weight, twin.head.weight, atol=1e-7, rtol=1e-6)
    assert torch.equal(model.body.weight, twin.body.weight) or torch.allclose(model.body.weight, twin.body.weight)
    model.adaptation(Experience([20]), optimizer)
    fresh = Model()
    fresh.load_state_dict(model.state_dict())
    assert torch.equal(fresh(X), model(X))


@pytest.mark.parametrize("dampening", [0, 0.1])
def test_rows_without_momentum_yet_join_those_with_it_where_zeros_come_to_the_same(dampening):
    model = Model()
    optimizer = torch.optim.SGD(model.parameters(), lr=0.01, momentum=0.9, dampening=dampening)
    for classes in ([0, 1, 2], [3, 4]):
        model.adaptation(Experience(classes), optimizer)
        if classes == [0, 1, 2]:
            step(model, optimizer)
    twin, its = copy.deepcopy((model, optimizer))
    (words,) = model.merge_generations(optimizer)[-1:]
    if dampening:
        assert words.endswith("stay apart: the optimizer has a state of some only")
        return
    assert words == "head: 2 generations merged into 1"
    assert not optimizer.state[model.head.generations[0].weight]["momentum_buffer"][3:].any()
    for one, its_own in ((model, optimizer), (twin, its)):
        for _ in range(3):
            step(one, its_own)
    torch.testing.assert_close(model.head.weight, twin.head.weight, atol=1e-7, rtol=1e-6)


def test_the_rows_of_a_first_growth_join_those_that_were_there():
    model = Model()
    optimizer = torch.optim.SGD(model.parameters(), lr=0.01, momentum=0.9)
    model.adaptation(Experience([0, 1, 2, 3, 4]), optimizer)
    step(model, optimizer)
    logits, class_map = model(X), model.class_map()
    momentum = [
        optimizer.state[getattr(model.head.generations[0], n)]["momentum_buffer"] for n in ("bias", "extra_bias")
    ]
    words = ("head: the rows it was born with and those of its first growth merged",)
    assert model.merge_generations(optimizer) == words and model.merge_generations(optimizer) == ()
    assert [n for n, _ in model.head.named_parameters()] == ["generations.0.weight", "generations.0.bias"]
    assert torch.equal(model(X), logits) and model.class_map() == class_map
    assert torch.equal(optimizer.state[model.head.generations[0].bias]["momentum_buffer"], torch.cat(momentum))
    fresh = Model()
    fresh.load_state_dict(model.state_dict())
    for each in (fresh, model):
        assert each.adaptation(Experience([7])).changes == ("head: +1 row for class 7",)
        assert [c for _, _, c, _ in each.class_map()] == [0, 1, 2, 3, 4, 7]


def test_what_could_not_carry_on_as_it_did_stays_apart():
    model = Model()
    optimizer = torch.optim.Adam(model.parameters(), lr=0.01)
    for number, experience in enumerate(split(8, 4)):
        model.adaptation(experience, optimizer)
        if number in (0, 3):
            step(model, optimizer)
    steps = [int(optimizer.state[g.weight]["step"]) for g in model.head.generations]
    assert steps == [2, 1, 1, 1]
    state = [optimizer.state[g.weight]["exp_avg_sq"].clone() for g in model.head.generations]
    assert model.merge_generations(optimizer) == ("head: 4 generations merged into 2",)
    newer = optimizer.state[model.head.generations[1].weight]
    assert int(newer["step"]) == 1
    assert torch.equal(newer["exp_avg_sq"], torch.cat(state[1:]))
    assert len(optimizer.state) == len(optimizer.param_groups[0]["params"]) == 6


def test_frozen_generations_stay_apart_from_training_ones_and_go_on_being_held():
    class Freezes(Model):
        PLAN = (*Model.PLAN, Rule(on.new_class, "freeze", "head[:-1]"))

    model = Freezes()
    for experience in split(8, 4):
        model.adaptation(experience)
    assert model.merge_generations() == ("head: 4 generations merged into 2",)
    assert [g.weight.requires_grad for g in model.head.generations] == [False, True]
    new = Freezes()
    new.load_state_dict(model.state_dict())
    assert [g.weight.requires_grad for g in new.head.generations] == [False, True]
    assert model.adaptation(Experience([9])).changes == ("head: +1 row for class 9", "head[:-1]: frozen")
    assert [g.weight.requires_grad for g in model.head.generations] == [False, False, True]


@pytest.mark.parametrize(
    "head",
    [lambda: CosineClassifier(4), lambda: NearestMeanClassifier(4), lambda: IncrementalClassifier(4, 1, bias=False)],
)
def test_other_heads(head):
    model = Model(head())
    for experience in split(6, 3):
        model.adaptation(experience)
    if hasattr(model.head, "observe_features"):
        model.head.observe(torch.randn(60, 4), torch.arange(60) % 6)
    before = model(X)
    assert model.merge_generations() == ("head: 3 generations merged into 1",)
    assert torch.equal(model(X), before)


def test_members_merge_each_by_itself():
    part = MultiHeadClassifier(4)
    for classes, task in (([0, 1, 2], 0), ([0], 1), ([5], 0)):
        part.adaptation(Experience(classes, [task]))
    before = part(X, torch.tensor([0, 1] * 4))
    assert part.merge_generations() == ("members.0: 2 generations merged into 1",)
    assert torch.equal(part(X, torch.tensor([0, 1] * 4)), before)
    part.adaptation(Experience([9], [0]))
    assert part(X, 0).shape == (8, 10)


def test_a_grown_first_generation_is_one_parameter_afterwards_and_failing_changes_nothing():
    model = Model()
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
    for classes in ([0, 1, 2], [3]):
        model.adaptation(Experience(classes), optimizer)
    before, held = model.state_dict(), list(optimizer.param_groups[0]["params"])
    optimizer.param_groups.append({"params": None})
    with pytest.raises(TypeError):
        model.merge_generations(optimizer)
    assert list(model.state_dict()) == list(before)
    del optimizer.param_groups[1]
    assert [id(p) for p in optimizer.param_groups[0]["params"]] == [id(p) for p in held]
    model.merge_generations(optimizer)
    assert [n for n, _ in model.head.named_parameters()] == ["generations.0.weight", "generations.0.bias"]


@pytest.mark.parametrize(
    ("kind", "why"),
    [
        (torch.optim.Adam, "the optimizer counts one number of steps for each, and they differ (1, 2, 3)"),
        (torch.optim.NAdam, "the optimizer counts one number of steps for each, and they differ (1, 2, 3)"),
    ],
)
def test_where_none_can_become_one_it_is_said_why(kind, why):
    model = Model()
    optimizer = kind(model.parameters(), lr=0.01)
    for experience in split(6, 3):
        model.adaptation(experience, optimizer)
        step(model, optimizer)
    before = model.state_dict()
    assert model.merge_generations(optimizer) == (f"head: 3 generations stay apart: {why}",)
    assert model.state_dict().keys() == before.keys()
    assert model.merge_generations() == ("head: 3 generations merged into 1",)


def test_other_reasons_are_said_too():
    model = Model()
    for classes in ([0, 1], [2]):
        model.adaptation(Experience(classes))
    first, second = ([*generation.parameters()] for generation in model.head.generations)
    groups = torch.optim.SGD([{"params": first}, {"params": second}], lr=0.1)
    stays = "head: 2 generations stay apart: "
    assert model.merge_generations(groups) == (f"{stays}the optimizer has them in several groups",)
    momentum = torch.optim.SGD(model.parameters(), lr=0.1, momentum=0.9, dampening=0.5)
    momentum.state[first[0]]["momentum_buffer"] = torch.zeros_like(first[0])
    momentum.state[first[1]]["momentum_buffer"] = torch.zeros_like(first[1])
    assert model.merge_generations(momentum) == (f"{stays}the optimizer has a state of some only",)
    first[0].requires_grad_(False)
    first[1].requires_grad_(False)
    assert model.merge_generations() == (f"{stays}some are frozen and some train",)
