"""A user's class may adapt in its own way, and whoever adapts around it calls that."""

import copy

import pytest
import torch
from torch import nn

import clspec
from clspec.experience import Experience
from clspec.nn import DynamicModule, IncrementalClassifier, Rule, on


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


class Adding(DynamicModule):
    """A head for each task, as one writes it with Avalanche: the base first, then what is missing."""

    def __init__(self):
        super().__init__()
        self.body, self.heads = nn.Linear(4, 4), nn.ModuleDict({"0": nn.Linear(4, 2)})
        self.own = IncrementalClassifier(4, 1)

    def adaptation(self, experience, optimizer=None, optimizer_group=None):
        report = super().adaptation(experience, optimizer, optimizer_group)
        for task in experience.task_labels:
            if task == 9:
                raise RuntimeError("no")
            if str(task) not in self.heads:
                self.heads[str(task)] = nn.Linear(4, 2)
        return report


class Taking(Adding):
    """The signature that Avalanche knows, and nothing given back."""

    def adaptation(self, experience):
        super().adaptation(experience)


def held(optimizer):
    return [id(parameter) for group in optimizer.param_groups for parameter in group["params"]]


HEAD = {"heads.1.weight", "heads.1.bias"}
GROWN = {"own.generations.1.weight", "own.generations.1.bias"}


@pytest.mark.parametrize("around", [lambda model: model, nn.Sequential])
def test_what_an_override_adds_is_in_the_optimizer_and_the_report(around):
    model = Adding()
    optimizer = torch.optim.SGD([{"params": model.body.parameters()}, {"params": model.heads.parameters()}], lr=0.1)
    optimizer.add_param_group({"params": model.own.parameters()})
    outer = around(model)
    clspec.adapt(outer, Experience([0]), optimizer)
    report = clspec.adapt(outer, Experience([1], [1]), optimizer)
    assert {name.removeprefix("0.") for name in report.new_parameters} == HEAD | GROWN
    assert sorted(held(optimizer)) == sorted(id(parameter) for parameter in model.parameters())
    assert any(parameter is model.heads["1"].weight for parameter in optimizer.param_groups[1]["params"])


def test_without_the_optimizer_at_hand_nothing_is_lost():
    for model in (Adding(), Taking()):
        optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
        model.adaptation(Experience([0]))
        report = model.adaptation(Experience([1], [1]))
        other = copy.deepcopy((model, optimizer))
        if isinstance(model, Taking):
            assert report is None
        else:
            assert set(report.new_parameters) == HEAD | GROWN
            report.add_to(optimizer)
            assert sorted(held(optimizer)) == sorted(id(parameter) for parameter in model.parameters())
        later, its = other
        clspec.adapt(nn.Sequential(later), Experience([2]), its)
        assert sorted(held(its)) == sorted(id(parameter) for parameter in later.parameters())
        assert not later._memory.grown


def test_growth_of_any_kind_waits_for_the_optimizer():
    class Units(DynamicModule):
        PLAN = (Rule(on.experience(), "expand", ""),)

        def __init__(self):
            super().__init__()
            self.units = nn.ParameterList([torch.zeros(1)])

        def expand(self, arrival):
            self.units.append(nn.Parameter(torch.zeros(len(arrival.classes))))
            return ["more"]

    model = Units()
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
    model.adaptation(Experience([0]))
    restored = Units()
    restored.units.append(nn.Parameter(torch.zeros(1)))
    restored.load_state_dict(model.state_dict())
    model.adaptation(Experience([1, 2]), optimizer)
    assert held(optimizer) == [id(parameter) for parameter in model.parameters()]
    its = torch.optim.SGD(restored.units[:1], lr=0.1)
    restored.adaptation(Experience([1, 2]), its)
    assert held(its) == [id(parameter) for parameter in restored.parameters()]


def test_an_override_that_fails_late_leaves_the_optimizer_as_it_was():
    model = Adding()
    optimizer = torch.optim.SGD(model.named_parameters(), lr=0.1)
    model.adaptation(Experience([0]), optimizer)
    before, names = held(optimizer), list(optimizer.param_groups[0]["param_names"])
    with pytest.raises(RuntimeError, match="no"):
        model.adaptation(Experience([1], [1, 9]), optimizer)
    assert held(optimizer) == before == [id(parameter) for parameter in model.parameters()]
    assert optimizer.param_groups[0]["param_names"] == names
    assert model.adaptation(Experience([1], [1]), optimizer).changes


def test_in_eval_mode_the_optimizer_is_left_alone():
    model = Adding()
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
    before = held(optimizer)
    assert model.eval().adaptation(Experience([1], [1]), optimizer).announced_only
    assert held(optimizer) == before
