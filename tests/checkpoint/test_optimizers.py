from functools import partial

import pytest
import torch

import clspec
from clspec.checkpoint import CheckpointError, load_checkpoint, save_checkpoint

from .models import STREAM, compiled, grown, learn, same_optimizer


def test_a_factory_gets_the_groups_with_their_options(tmp_path):
    class Mine(torch.optim.SGD):
        pass

    model, optimizer = grown(partial(Mine, lr=0.1, momentum=0.9))
    save_checkpoint(model, tmp_path / "m", optimizer)
    with pytest.raises(CheckpointError, match=r"Mine, not one of torch\.optim: hand in optimizer="):
        load_checkpoint(tmp_path / "m")
    copy, other = load_checkpoint(tmp_path / "m", optimizer=partial(Mine, lr=99))
    same_optimizer(optimizer, other, model, copy)
    copy, other = load_checkpoint(tmp_path / "m", optimizer=lambda groups: Mine(groups[1]["params"], lr=99))
    same_optimizer(optimizer, other, model, copy)


def test_an_optimizer_with_names_and_a_scheduler(tmp_path):
    model = compiled()
    optimizer = torch.optim.SGD(model.named_parameters(), lr=0.1, momentum=0.9)
    scheduler = torch.optim.lr_scheduler.StepLR(optimizer, 1, gamma=0.5)
    for experience in STREAM[:3]:
        learn(model, optimizer, experience)
        scheduler.step()
    save_checkpoint(model, tmp_path / "m", optimizer)
    copy, other = load_checkpoint(tmp_path / "m")
    again = torch.optim.lr_scheduler.StepLR(other, 1, gamma=0.5)
    again.load_state_dict(scheduler.state_dict())
    same_optimizer(optimizer, other, model, copy)
    for mine, schedule, held in ((model, scheduler, optimizer), (copy, again, other)):
        torch.manual_seed(1)
        learn(mine, held, STREAM[3])
        schedule.step()
    same_optimizer(optimizer, other, model, copy)


def test_lbfgs_keeps_lists_of_tensors(tmp_path):
    model = clspec.compile(clspec.parse_string("clspec 1\nmodel M {\n input features(3)\n head h = incremental()\n}"))
    optimizer = torch.optim.LBFGS(model.parameters(), history_size=3)

    def loss():
        optimizer.zero_grad()
        value = model(torch.ones(2, 3)).square().sum()
        value.backward()
        return value

    optimizer.step(loss)
    save_checkpoint(model, tmp_path / "m", optimizer)
    copy, other = load_checkpoint(tmp_path / "m")
    mine = clspec.optimizer_state(optimizer, model)["state"]["h.generations.0.weight"]
    yours = clspec.optimizer_state(other, copy)["state"]["h.generations.0.weight"]
    assert all(torch.equal(*pair) for pair in zip(mine["old_dirs"], yours["old_dirs"], strict=True))
    assert len(mine["old_dirs"]) > 0


def test_state_loads_by_name_into_an_optimizer_of_the_model():
    model, optimizer = grown(experiences=3)
    state = clspec.optimizer_state(optimizer, model)
    fresh = torch.optim.SGD(model.parameters(), lr=1)
    clspec.load_optimizer_state(fresh, model, state)
    same_optimizer(optimizer, fresh, model, model)
    name = next(iter(state["state"]))
    mine, yours = (each.state[model.get_parameter(name)]["momentum_buffer"] for each in (optimizer, fresh))
    assert mine is not yours


def without(state, name):
    return {
        "state": {key: value for key, value in state["state"].items() if key != name},
        "param_groups": [{**g, "params": [n for n in g["params"] if n != name]} for g in state["param_groups"]],
    }


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda state, _: without(state, "trunk.0.weight"), "holds 'trunk.0.weight', which the state does not name"),
        (lambda _, optimizer: optimizer.state_dict(), "by position, which growth changes"),
        (lambda s, _: {**s, "param_groups": s["param_groups"] * 2}, "'trunk.0.weight' in more than one place"),
        (lambda s, _: {**s, "param_groups": s["param_groups"][:1]}, "which is in none of its groups"),
        (lambda s, _: {**s, "state": {**s["state"], "x.y": {}}}, "has no parameter 'x.y'"),
    ],
)
def test_a_state_that_does_not_fit_leaves_the_optimizer_as_it_was(change, words):
    model, optimizer = grown()
    before = clspec.optimizer_state(optimizer, model)
    groups = optimizer.param_groups
    state = change(clspec.optimizer_state(optimizer, model), optimizer)
    with pytest.raises(ValueError, match=words):
        clspec.load_optimizer_state(optimizer, model, state)
    assert optimizer.param_groups is groups
    after = clspec.optimizer_state(optimizer, model)
    assert before["param_groups"] == after["param_groups"]
    assert all(
        torch.equal(before["state"][name]["momentum_buffer"], state["momentum_buffer"])
        for name, state in after["state"].items()
    )


def test_an_error_of_the_optimizer_itself_leaves_it_as_it_was():
    model, optimizer = grown()
    groups, values = optimizer.param_groups, optimizer.state
    optimizer.register_load_state_dict_post_hook(lambda _: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        clspec.load_optimizer_state(optimizer, model, clspec.optimizer_state(optimizer, model))
    assert optimizer.param_groups is groups
    assert optimizer.state is values


def test_a_factory_without_a_saved_optimizer_is_an_error(tmp_path):
    save_checkpoint(compiled(), tmp_path / "m")
    with pytest.raises(CheckpointError, match="holds no optimizer"):
        load_checkpoint(tmp_path / "m", optimizer=torch.optim.SGD)
