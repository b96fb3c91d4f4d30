"""Found in review: what optimizers and statistics heads took without a word, and what a reset left behind."""

import copy

import pytest
import torch

import clspec
from clspec.experience import Experience


def mk(head):
    text = f"clspec 1\nmodel M {{\n input features(4)\n neck n = [linear(6), batch_norm(), relu()]\n {head}\n}}"
    return clspec.compile(clspec.parse_string(text), seed=1)


def step(model, optimizer):
    optimizer.zero_grad()
    model(torch.randn(8, 4)).square().sum().backward()
    optimizer.step()


def trained():
    model = mk("head h = incremental()\n when experience 1 { reset h }")
    optimizer = torch.optim.Adam(model.parameters())
    model.adaptation(Experience([0, 1], index=0), optimizer)
    step(model, optimizer)
    return model, optimizer


def test_a_reset_without_the_optimizer_clears_its_state_as_soon_as_it_is_there():
    model, optimizer = trained()
    again = Experience([2], index=1)
    model.adaptation(again)
    weight, body = model.h.generations[0].weight, next(model.n.parameters())
    assert weight in optimizer.state
    model.adaptation(again, optimizer)
    assert weight not in optimizer.state
    assert body in optimizer.state
    step(model, optimizer)
    model.adaptation(again, optimizer)
    assert weight in optimizer.state
    assert model.h.generations[1].weight in optimizer.state


def test_what_a_reset_left_behind_is_saved_with_the_model():
    model, _ = trained()
    again = Experience([2], index=1)
    model.adaptation(again)
    other = mk("head h = incremental()\n when experience 1 { reset h }")
    other.load_state_dict(model.state_dict())
    held = torch.optim.Adam(other.parameters())
    step(other, held)
    other.adaptation(again, held)
    assert other.h.generations[0].weight not in held.state


def test_a_report_that_brings_the_optimizer_up_to_date_settles_it():
    model, optimizer = trained()
    again = Experience([2], index=1)
    report = model.adaptation(again)
    report.add_to(optimizer)
    assert model.h.generations[0].weight not in optimizer.state
    step(model, optimizer)
    model.adaptation(again, optimizer)
    assert model.h.generations[0].weight in optimizer.state


def test_each_of_two_optimizers_is_cleared_of_what_it_holds():
    model, _ = trained()
    body, head = torch.optim.Adam(model.n.parameters()), torch.optim.Adam(model.h.parameters())
    step(model, head)
    again = Experience([2], index=1)
    model.adaptation(again, body)
    assert model.h.generations[0].weight in head.state
    model.adaptation(again, head)
    assert model.h.generations[0].weight not in head.state


def test_a_refused_change_remembers_no_reset():
    model, _ = trained()
    before = model.state_dict()["_extra_state"]
    with pytest.raises(ValueError, match="none of the model's parameters"):
        model.adaptation(Experience([2], index=1), torch.optim.SGD([torch.nn.Parameter(torch.ones(1))], lr=1))
    assert torch.equal(model.state_dict()["_extra_state"], before)


def wrong_shape(state):
    state["state"]["h.generations.0.weight"]["exp_avg"] = torch.zeros(7, 7)
    return state


def without(state, key):
    return {name: value for name, value in state.items() if name != key}


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (wrong_shape, r"'h\.generations\.0\.weight'.*exp_avg of shape \(7, 7\)"),
        (lambda _: {}, "no 'param_groups'"),
        (lambda state: without(state, "state"), "no 'state'"),
        (lambda state: {**state, "param_groups": [{"lr": 1}]}, "no 'params'"),
    ],
)
def test_a_state_that_is_none_of_the_model_is_refused(change, words):
    model, optimizer = trained()
    before = copy.deepcopy(clspec.optimizer_state(optimizer, model))
    state = change(copy.deepcopy(before))
    with pytest.raises(ValueError, match=words):
        clspec.load_optimizer_state(optimizer, model, state)
    after = clspec.optimizer_state(optimizer, model)
    assert after["param_groups"] == before["param_groups"]
    assert all(
        torch.equal(value, after["state"][name][key])
        for name, entry in before["state"].items()
        for key, value in entry.items()
    )


@pytest.mark.parametrize("kind", ["Adafactor", "Adagrad", "Adamax", "ASGD", "RMSprop", "Rprop", "Adadelta", "NAdam"])
def test_a_state_of_every_kind_still_loads(kind):
    model, _ = trained()
    optimizer, other = (getattr(torch.optim, kind)(model.parameters()) for _ in range(2))
    step(model, optimizer)
    clspec.load_optimizer_state(other, model, clspec.optimizer_state(optimizer, model))
    assert other.state[model.h.generations[0].weight].keys() == optimizer.state[model.h.generations[0].weight].keys()


@pytest.mark.parametrize("bad", [float("nan"), float("inf")])
def test_features_that_are_not_finite_are_not_observed(bad):
    model = mk("head h = nearest_mean()")
    model.adaptation(Experience([0, 1]))
    before = {name: value.clone() for name, value in model.state_dict().items()}
    x = torch.randn(4, 4)
    x[2, 1] = bad
    with pytest.raises(ValueError, match=r"^h: .*finite"):
        model.observe(x, torch.tensor([0, 1, 0, 1]))
    assert all(torch.equal(value, before[name]) for name, value in model.state_dict().items())


@pytest.mark.parametrize("group", ["a", 0.0, True])
def test_a_group_that_is_no_number_is_told_in_words(group):
    model, optimizer = trained()
    before = copy.deepcopy(model.state_dict())
    with pytest.raises(TypeError, match="optimizer_group="):
        model.adaptation(Experience([2], index=1), optimizer, optimizer_group=group)
    after = model.state_dict()
    assert after.keys() == before.keys()
    assert all(torch.equal(value, before[name]) for name, value in after.items())
