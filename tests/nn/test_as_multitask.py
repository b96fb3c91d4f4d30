import copy

import pytest
import torch
from torch import nn

import clspec
from clspec.experience import Experience
from clspec.nn import Backbone, as_multitask


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.body = nn.Sequential(nn.Linear(4, 6), nn.BatchNorm1d(6))
        self.tail = nn.ModuleDict({"classifier": nn.Linear(6, 3, bias=False), "after": nn.Softplus()})

    def forward(self, x):
        return self.tail["after"](self.tail["classifier"](self.body(x)))


def test_a_layer_inside_becomes_one_head_a_task():
    net = Net().eval()
    x = torch.randn(5, 4)
    before, keys = net(x), list(net.state_dict())
    optimizer = torch.optim.SGD(net.parameters(), lr=0.1)
    model = as_multitask(net, "tail.classifier")
    assert torch.equal(model(x, 0), before)
    assert torch.equal(net(x), before)
    assert list(net.state_dict()) == keys
    model.train()
    model.adaptation(Experience([0, 1, 2], [0]), optimizer)
    model.adaptation(Experience([3, 4], [1]), optimizer)
    model.eval()
    torch.testing.assert_close(model(x, 0), before)
    assert not any("bias" in name for name, _ in model.named_parameters() if "heads" in name)
    mixed = model(x, torch.tensor([0, 1, 0, 1, 1]))
    torch.testing.assert_close(mixed[0, :3], before[0])
    torch.testing.assert_close(mixed[1], model(x, 1)[1])
    assert set(model(x, None)) == {0, 1}
    assert len(optimizer.param_groups[0]["params"]) == 6
    assert copy.deepcopy(model)(x, 1).shape == (5, 5)


def test_old_rows_stay_their_classes_whatever_arrives_first():
    net = nn.Sequential(nn.Linear(4, 3))
    model = as_multitask(net, "0")
    weight = net[0].weight
    report = model.adaptation(Experience([2, 7], [4]))
    assert report.class_map == tuple(("model.0.heads", 4, class_id, row) for row, class_id in enumerate([0, 1, 2, 7]))
    assert model.model[0].heads.members[0].generations[0].weight is weight


def test_the_backbone_runs_once_for_a_mixed_batch():
    model = as_multitask(Net(), "tail.classifier")
    model.adaptation(Experience([0, 1, 2], [0]))
    model.adaptation(Experience([0, 1], [1]))
    calls = []
    model.model.body.register_forward_hook(lambda *_: calls.append(1))
    model(torch.randn(4, 4), torch.tensor([0, 1, 0, 1]))
    assert len(calls) == 1


def test_a_state_loads_into_a_fresh_one():
    old, new = as_multitask(Net(), "tail.classifier"), as_multitask(Net(), "tail.classifier")
    old.adaptation(Experience([0, 1, 2], [0]))
    old.adaptation(Experience([5], [1]))
    new.load_state_dict(old.state_dict())
    x = torch.randn(3, 4)
    old.eval(), new.eval()
    assert torch.equal(old(x, 1), new(x, 1))


def test_wrong_paths():
    with pytest.raises(ValueError, match="no submodule 'head'"):
        as_multitask(Net(), "head")
    with pytest.raises(TypeError, match="must be a linear layer"):
        as_multitask(Net(), "body")


def test_a_backbone_gives_flat_features():
    net = nn.Sequential()
    net.add_module("features", nn.Conv2d(3, 8, 3, padding=1))
    net.add_module("final_pool", nn.AvgPool2d(8))
    net.add_module("output", nn.Sequential(nn.Flatten(), nn.Linear(8, 10)))
    backbone = Backbone(net, drop="output", pool="final_pool")
    assert backbone(torch.randn(2, 3, 32, 32)).shape == (2, 8)
    with pytest.raises(ValueError, match="no submodule 'fc'"):
        Backbone(nn.Sequential(nn.Linear(2, 2)), drop="fc")


def test_a_compiled_model_is_refused_as_its_plan_would_not_know_the_heads() -> None:
    spec = clspec.parse_string("clspec 1\nmodel M { input features(4)\n head classifier = linear(3) }\n")
    compiled = clspec.compile(spec)
    for model, path in ((compiled, "classifier"), (nn.ModuleDict({"inner": compiled}), "inner.classifier")):
        with pytest.raises(TypeError, match=r"`per_task\(\.\.\.\)` for 'classifier' in its spec"):
            as_multitask(model, path)
