"""A parameter that several submodules hold stands still while any of them is frozen, in the model and the forecast."""

from __future__ import annotations

import importlib
import sys

import pytest
import torch
from torch import nn

import clspec

torch.set_num_threads(1)
NETS = """
from torch import nn

class Tied(nn.Module):
    # Two layers with one weight and a bias each, and a layer with all its own between them.

    def __init__(self):
        super().__init__()
        self.flat = nn.Flatten()
        self.first, self.middle, self.tied = nn.Linear(4, 4), nn.Linear(4, 4), nn.Linear(4, 4)
        self.tied.weight = self.first.weight

    def forward(self, x):
        return self.tied(self.middle(self.first(self.flat(x))))

class Block(nn.Module):
    # Has a weight itself, that of another layer, and a layer inside.

    def __init__(self, weight):
        super().__init__()
        self.weight, self.inner = weight, nn.Linear(4, 4)

    def forward(self, x):
        return self.inner(nn.functional.linear(x, self.weight))

class Deep(nn.Module):
    def __init__(self):
        super().__init__()
        self.flat, self.first, self.last = nn.Flatten(), nn.Linear(4, 4), nn.Linear(4, 4)
        self.block = Block(self.first.weight)

    def forward(self, x):
        return self.last(self.block(self.first(self.flat(x))))

class Twice(nn.Module):
    # One batch-norm, that two blocks hold.

    def __init__(self):
        super().__init__()
        norm = nn.BatchNorm1d(4)
        self.flat = nn.Flatten()
        self.first = nn.Sequential(nn.Linear(4, 4), norm)
        self.second = nn.Sequential(nn.Linear(4, 4), norm)

    def forward(self, x):
        return self.second(self.first(self.flat(x)))
"""
LEAVE = ["tied_nets"]
STREAM = [clspec.Experience([0, 1], index=0), clspec.Experience([2, 3], index=1), clspec.Experience([4], index=2)]


@pytest.fixture(scope="module", autouse=True)
def package(tmp_path_factory):
    """A package of the user's own on the path."""
    folder = tmp_path_factory.mktemp("own")
    (folder / "tied_nets.py").write_text(NETS)
    sys.path.insert(0, str(folder))
    importlib.invalidate_caches()
    yield
    sys.path.remove(str(folder))
    sys.modules.pop("tied_nets", None)


def spec(backbone: str, rules: str, image: str = "1, 2, 2") -> clspec.Spec:
    return clspec.parse_string(
        f"clspec 1\nmodel Net {{ input image({image})\n backbone trunk = {backbone}\n head labels = incremental()\n"
        f" {rules} }}"
    )


def trainable(model: nn.Module) -> int:
    return sum(each.numel() for each in model.parameters() if each.requires_grad)


def still(model: nn.Module) -> set[str]:
    """The parameters of the trunk that stand still, by each of their names."""
    named = model.trunk.net.named_parameters(remove_duplicate=False)
    return {name for name, each in named if not each.requires_grad}


FIRST, MIDDLE, LAST = ({f"{name}.weight", f"{name}.bias"} for name in ("first", "middle", "tied"))
SHARED = {"first.weight", "tied.weight"}


@pytest.mark.parametrize(
    ("rules", "frozen"),
    [
        ("freeze trunk.tied", [SHARED | LAST] * 3),
        ("freeze trunk.first", [SHARED | FIRST] * 3),
        ("freeze trunk until first", [SHARED | FIRST] * 3),
        ("freeze trunk", [FIRST | MIDDLE | LAST] * 3),
        ("freeze trunk\n unfreeze trunk from tied", [SHARED | FIRST | MIDDLE] * 3),
        (
            "freeze trunk\n when experience 1 { unfreeze trunk from middle }",
            [FIRST | MIDDLE | LAST, SHARED | FIRST, SHARED | FIRST],
        ),
        ("freeze trunk\n when experience 1 { unfreeze trunk }", [FIRST | MIDDLE | LAST, set(), set()]),
        (
            "freeze trunk.first, trunk.tied\n when experience 1 { unfreeze trunk.first }"
            "\n when experience 2 { unfreeze trunk.tied }",
            [SHARED | FIRST | LAST, SHARED | LAST, set()],
        ),
    ],
)
def test_what_one_holder_freezes_no_other_wakes(rules, frozen) -> None:
    mine = spec('module("tied_nets:Tied")', rules)
    model = clspec.compile(mine, allow_imports=LEAVE)
    rows = clspec.simulate(mine, STREAM, allow_imports=LEAVE).rows
    for experience, row, names in zip(STREAM, rows, frozen, strict=True):
        assert model.adaptation(experience).changes == row.changes
        assert still(model) == names
        assert row.parameters == sum(each.numel() for each in model.parameters())
        assert row.trainable == trainable(model)
        again = clspec.compile(mine, allow_imports=LEAVE)
        again.load_state_dict(model.state_dict())
        assert still(again) == names


@pytest.mark.parametrize(
    ("rules", "frozen"),
    [
        ("freeze trunk.block until inner", {"first.weight", "block.weight", "block.inner.weight", "block.inner.bias"}),
        ("freeze trunk.block.inner", {"block.inner.weight", "block.inner.bias"}),
        ("freeze trunk.first", {"first.weight", "first.bias", "block.weight"}),
        (
            "freeze trunk\n unfreeze trunk.block",
            {"first.weight", "first.bias", "block.weight", "last.weight", "last.bias"},
        ),
    ],
)
def test_a_module_with_layers_inside_may_share_a_parameter_of_its_own(rules, frozen) -> None:
    mine = spec('module("tied_nets:Deep")', rules)
    model = clspec.compile(mine, allow_imports=LEAVE)
    model.adaptation(STREAM[0])
    assert still(model) == frozen
    (row,) = clspec.simulate(mine, STREAM[:1], allow_imports=LEAVE).rows
    assert row.trainable == trainable(model)


@pytest.mark.parametrize(
    "rules", ["freeze trunk.first", "freeze trunk.second.0, trunk.first", "freeze trunk\n unfreeze trunk.second"]
)
def test_statistics_of_a_shared_layer_stand_still_while_any_holder_does(rules) -> None:
    mine = spec('module("tied_nets:Twice")', rules)
    model = clspec.compile(mine, allow_imports=LEAVE)
    model.adaptation(STREAM[0])
    (row,) = clspec.simulate(mine, STREAM[:1], allow_imports=LEAVE).rows
    assert row.trainable == trainable(model)
    before = model.trunk.net.first[1].running_mean.clone()
    model.train()
    model(torch.randn(8, 1, 2, 2)).sum().backward()
    assert torch.equal(model.trunk.net.first[1].running_mean, before)
    assert model.trunk.net.first[1].weight.grad is None


def test_layers_that_the_units_of_a_library_network_share() -> None:
    rules = "freeze trunk.stage1.unit2\n when experience 1 { freeze trunk until stage2.unit1 }\n"
    mine = spec('pytorchcv("sharesnet18")', rules + " when experience 2 { unfreeze trunk.stage1 }", "3, 32, 32")
    model = clspec.compile(mine)
    for experience, row in zip(STREAM, clspec.simulate(mine, STREAM).rows, strict=True):
        assert model.adaptation(experience).changes == row.changes
        assert row.trainable == trainable(model)
