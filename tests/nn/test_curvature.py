"""L-BFGS while a model grows, freezes, merges and is loaded."""

import copy

import torch
from torch.optim import LBFGS

import clspec
from clspec.experience import Experience
from clspec.nn.curvature import CLEARED

SPEC = clspec.parse_string("""clspec 1
    model M { input features(6)
    backbone b = simple_mlp(hidden=8, dropout=0.0)
    head h = incremental()
    when experience 3 { freeze b } }""")
X = torch.randn(8, 6)


def learn(model, optimizer, steps=1):
    def loss():
        optimizer.zero_grad()
        value = model(X).square().mean()
        value.backward()
        return value.detach()

    return [float(optimizer.step(loss)) for _ in range(steps)]


def grown(*experiences):
    model = clspec.compile(SPEC)
    optimizer = LBFGS(model.parameters(), history_size=3)
    for experience in experiences:
        model.adaptation(experience, optimizer)
        learn(model, optimizer)
    return model, optimizer


STREAM = [Experience([2 * at, 2 * at + 1], [0], at) for at in range(4)]


def test_growth_starts_it_over_and_says_so():
    model, optimizer = grown(*STREAM[:2])
    report = model.adaptation(STREAM[2], optimizer)
    assert report.restarted
    assert CLEARED in str(report)
    before = model.h.generations[2].weight.clone()
    learn(model, optimizer, 3)
    assert not torch.equal(model.h.generations[2].weight, before)


def test_without_a_change_the_history_stays():
    model, optimizer = grown(*STREAM[:2])
    history = optimizer.state_dict()["state"][0]["old_dirs"]
    report = model.adaptation(STREAM[1], optimizer)
    assert not report.restarted
    assert CLEARED not in str(report)
    assert optimizer.state_dict()["state"][0]["old_dirs"] is history


def test_what_was_frozen_is_not_moved_by_old_directions():
    model, optimizer = grown(*STREAM[:3])
    before = copy.deepcopy(model.b.state_dict())
    assert model.adaptation(Experience([4, 5], [0], 3), optimizer).changes == ("b: frozen",)
    learn(model, optimizer, 2)
    assert all(torch.equal(value, before[name]) for name, value in model.b.state_dict().items())


def test_growth_without_it_and_a_report_later():
    model, optimizer = grown(STREAM[0])
    assert model.adaptation(STREAM[1]).add_to(optimizer).restarted
    learn(model, optimizer)
    model.adaptation(STREAM[2])
    assert model.adaptation(STREAM[2], optimizer).restarted
    learn(model, optimizer)


def test_merging_starts_it_over():
    model, optimizer = grown(*STREAM[:3])
    assert model.merge_generations(optimizer) == ("h: 3 generations merged into 1", CLEARED)
    before = model.h.weight
    learn(model, optimizer)
    assert not torch.equal(model.h.weight, before)


def test_a_loaded_one_goes_on_with_the_parameters_it_was_given():
    model, optimizer = grown(*STREAM[:2])
    state = clspec.optimizer_state(optimizer, model)
    twin = copy.deepcopy(model)
    other = LBFGS(list(twin.parameters())[::-1], history_size=3)
    clspec.load_optimizer_state(other, twin, state)
    assert learn(model, optimizer) == learn(twin, other)
    for mine, yours in zip(model.parameters(), twin.parameters(), strict=True):
        assert torch.equal(mine, yours)
    assert not twin.adaptation(STREAM[1], other).restarted
    twin.adaptation(STREAM[2], other)
    learn(twin, other)
