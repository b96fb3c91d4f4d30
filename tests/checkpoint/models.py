"""A small model that grows, and what makes two of them the same."""

from functools import partial

import torch

import clspec
from clspec.streams import split

SPEC = """clspec 1

model Small(width=6) {
    "Ends in \\"\\"\\" and \\\\"
    input features(4)
    neck trunk = [linear(width), batch_norm(), relu(), dropout(0.5)]
    head coarse = incremental(initial=2)
    group fine from trunk {
        head labels = per_task(incremental(initial=3))
    }
    when experience 2.. { freeze trunk }
    after experience 0 { freeze coarse }
    when experience 3 { unfreeze coarse }
}
"""
STREAM = split(10, 5, task_labels=True)

OPTIMIZERS = {
    "sgd": partial(torch.optim.SGD, lr=0.05, momentum=0.9, weight_decay=0.01),
    "plain_sgd": partial(torch.optim.SGD, lr=0.05),
    "adam": partial(torch.optim.Adam, lr=0.01),
    "adam_foreach": partial(torch.optim.Adam, lr=0.01, foreach=True, amsgrad=True),
    "adam_tensor_lr": lambda parameters: torch.optim.Adam(parameters, lr=torch.tensor(0.01)),
    "adamw": partial(torch.optim.AdamW, lr=0.01, betas=(0.8, 0.9)),
    "adagrad": partial(torch.optim.Adagrad, lr=0.1),
    "rmsprop": partial(torch.optim.RMSprop, lr=0.01, momentum=0.5, centered=True),
    "nadam": partial(torch.optim.NAdam, lr=0.01),
}


def compiled(**arguments):
    torch.manual_seed(0)
    return clspec.compile(clspec.parse_string(SPEC, name="some/folder/small.clspec"), **arguments)


def two_groups(make, model):
    decay = [parameter for name, parameter in model.named_parameters() if name.endswith("weight")]
    rest = [parameter for name, parameter in model.named_parameters() if not name.endswith("weight")]
    return make([{"params": decay, "weight_decay": 0.1}, {"params": rest, "lr": 0.02}])


def learn(model, optimizer, experience, steps=3):
    model.adaptation(experience, optimizer)
    task = experience.task_labels[0]
    for _ in range(steps):
        optimizer.zero_grad()
        out = model(torch.randn(8, 4, dtype=next(model.parameters()).dtype), task)
        sum(answer.clamp(min=-9).logsumexp(1).sum() for answer in out.values()).backward()
        optimizer.step()


def grown(optimizer=None, experiences=2, **arguments):
    model = compiled(**arguments)
    held = two_groups(optimizer or OPTIMIZERS["sgd"], model)
    for experience in STREAM[:experiences]:
        learn(model, held, experience)
    return model, held


def same_model(one, other):
    mine, yours = one.state_dict(), other.state_dict()
    assert list(mine) == list(yours)
    for name, value in mine.items():
        assert value.dtype == yours[name].dtype
        assert torch.equal(value, yours[name]), name
    assert one.describe() == other.describe()
    assert {n: p.requires_grad for n, p in one.named_parameters()} == {
        n: p.requires_grad for n, p in other.named_parameters()
    }
    assert [module.training for module in one.modules()] == [module.training for module in other.modules()]


def same_optimizer(one, other, model, copy):
    mine, yours = clspec.optimizer_state(one, model), clspec.optimizer_state(other, copy)
    assert type(one) is type(other)
    assert mine["param_groups"] == yours["param_groups"]
    assert list(mine["state"]) == list(yours["state"])
    for name, state in mine["state"].items():
        assert list(state) == list(yours["state"][name])
        for key, value in state.items():
            assert torch.equal(torch.as_tensor(value), torch.as_tensor(yours["state"][name][key])), (name, key)
