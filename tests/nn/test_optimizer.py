import copy

import pytest
import torch
from torch import nn

from clspec.experience import Experience
from clspec.nn import DynamicModule, IncrementalClassifier, MultiHeadClassifier, adapt
from clspec.streams import split


class Net(DynamicModule):
    def __init__(self):
        super().__init__()
        self.body = nn.Linear(4, 6)
        self.head = IncrementalClassifier(6)

    def forward(self, x):
        return self.head(self.body(x).relu())


def steps(model, optimizer, count=3, x=None):
    for _ in range(count):
        optimizer.zero_grad()
        model(torch.randn(8, 4) if x is None else x).logsumexp(1).sum().backward()
        optimizer.step()


def held(optimizer):
    return [id(parameter) for group in optimizer.param_groups for parameter in group["params"]]


@pytest.mark.parametrize(
    "make", [lambda p: torch.optim.Adam(p, lr=0.01), lambda p: torch.optim.SGD(p, lr=0.01, momentum=0.9)]
)
def test_state_is_kept_bit_for_bit_and_every_parameter_held_once(make):
    model = Net()
    optimizer = make(model.parameters())
    scheduler = torch.optim.lr_scheduler.StepLR(optimizer, 1)
    for experience in split(10, 5):
        before = {id(p): copy.deepcopy(s) for p, s in optimizer.state.items()}
        model.adaptation(experience, optimizer)
        for parameter, state in optimizer.state.items():
            for name, value in before[id(parameter)].items():
                assert torch.equal(torch.as_tensor(state[name]), torch.as_tensor(value))
        assert len(before) == len(optimizer.state)
        assert sorted(held(optimizer)) == sorted(map(id, model.parameters()))
        steps(model, optimizer)
        scheduler.step()
    if isinstance(optimizer, torch.optim.Adam):
        counts = [int(optimizer.state[g.weight]["step"]) for g in model.head.generations]
        assert counts == [15, 12, 9, 6, 3]


def test_new_parameters_join_the_group_of_their_relative():
    model = Net()
    decay = [p for n, p in model.named_parameters() if n.endswith("weight")]
    rest = [p for n, p in model.named_parameters() if not n.endswith("weight")]
    optimizer = torch.optim.SGD([{"params": decay, "weight_decay": 0.1}, {"params": rest}], lr=0.1)
    model.adaptation(Experience([0, 1, 2]), optimizer)
    model.adaptation(Experience([3]), optimizer)
    names = {id(p): n for n, p in model.named_parameters()}
    groups = [{names[id(p)] for p in group["params"]} for group in optimizer.param_groups]
    assert groups[0] >= {"head.generations.0.extra_weight", "head.generations.1.weight"}
    assert groups[1] >= {"head.generations.0.extra_bias", "head.generations.1.bias"}


def test_a_given_group_wins():
    model = Net()
    optimizer = torch.optim.SGD([{"params": model.body.parameters()}, {"params": model.head.parameters()}], lr=0.1)
    model.adaptation(Experience([0, 1, 2]), optimizer, optimizer_group=0)
    assert len(optimizer.param_groups[0]["params"]) == 4
    with pytest.raises(ValueError, match="groups 0 to 1"):
        model.adaptation(Experience([5]), optimizer, optimizer_group=2)
    assert model.head.rows.classes == [0, 1, 2]


def test_an_optimizer_with_names_learns_the_new_ones():
    wrapped = nn.ModuleDict({"net": Net()})
    optimizer = torch.optim.SGD(wrapped.named_parameters(), lr=0.1)
    wrapped["net"].adaptation(Experience([0, 1]), optimizer)
    wrapped["net"].adaptation(Experience([2]), optimizer)
    names = optimizer.param_groups[0]["param_names"]
    assert names[-2:] == ["net.head.generations.1.weight", "net.head.generations.1.bias"]
    assert len(names) == len(optimizer.param_groups[0]["params"])


def test_growing_without_the_optimizer_loses_nothing():
    model = Net()
    optimizer = torch.optim.Adam(model.parameters())
    last = Experience([4])
    for experience in (Experience([0, 1, 2]), Experience([3]), last):
        model.adaptation(experience)
    assert len(held(optimizer)) == 4
    report = model.adaptation(last, optimizer)  # a repeat: the model stays, the optimizer catches up
    assert report.changes == ()
    assert sorted(held(optimizer)) == sorted(map(id, model.parameters()))
    assert len(held(optimizer)) == 10


def test_the_report_can_be_added_later():
    model = Net()
    optimizer = torch.optim.Adam(model.parameters())
    model.adaptation(Experience([0, 1]))
    report = model.adaptation(Experience([2, 3]))
    assert list(report.new_parameters) == ["head.generations.1.weight", "head.generations.1.bias"]
    report.add_to(optimizer)
    report.add_to(optimizer)
    assert sorted(held(optimizer)) == sorted(map(id, model.parameters()))


def test_what_was_left_out_on_purpose_stays_out():
    model = Net()
    optimizer = torch.optim.SGD(model.body.parameters(), lr=0.1)
    model.adaptation(Experience([0, 1]), optimizer)
    report = model.adaptation(Experience([2]), optimizer)
    assert report.left_out == ("head.generations.1.weight", "head.generations.1.bias")
    assert len(held(optimizer)) == 2
    assert "left out" in str(report)


def test_an_optimizer_of_another_model_is_refused_and_nothing_grows():
    model, other = Net(), Net()
    optimizer = torch.optim.SGD(other.parameters(), lr=0.1)
    before = model.state_dict()
    with pytest.raises(ValueError, match="holds none of the model's parameters"):
        model.adaptation(Experience([0, 1, 2]), optimizer)
    after = model.state_dict()
    assert before.keys() == after.keys()
    assert all(torch.equal(before[name], after[name]) for name in before)
    assert len(held(optimizer)) == 4
    assert model.adaptation(Experience([0, 1, 2])).changes


def test_members_join_their_siblings():
    head = MultiHeadClassifier(4)
    optimizer = torch.optim.SGD([{"params": [p]} for p in head.parameters()], lr=0.1)
    for experience in split(6, 3, task_labels=True):
        head.adaptation(experience, optimizer)
    assert [[tuple(p.shape) for p in group["params"]] for group in optimizer.param_groups] == [
        [(2, 4)] * 3,
        [(2,)] * 3,
    ]


def test_nothing_of_a_failed_adaptation_of_several_remains():
    model = nn.ModuleList([IncrementalClassifier(4), IncrementalClassifier(4)])
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1, momentum=0.9)
    adapt(model, Experience([0, 1]), optimizer)
    before, generations = model.state_dict(), list(model[0].generations)
    model[1].fit_parameters = lambda: (_ for _ in ()).throw(RuntimeError("no memory"))
    with pytest.raises(RuntimeError, match="no memory"):
        adapt(model, Experience([2, 3]), optimizer)
    after = model.state_dict()
    assert list(before) == list(after)
    assert all(torch.equal(before[name], after[name]) for name in before)
    assert list(model[0].generations) == generations
    assert len(held(optimizer)) == 4
    del model[1].fit_parameters
    assert adapt(model, Experience([2, 3]), optimizer).changes == (
        "0: +2 rows for classes 2, 3",
        "1: +2 rows for classes 2, 3",
    )
    assert len(held(optimizer)) == 8
