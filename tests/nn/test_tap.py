"""Taps: what is inside a backbone, read in the same forward, by every way that a model can be run and copied."""

import copy
import pickle
import subprocess
import sys

import pytest
import torch
import torch.distributed as dist
from torch import nn
from torch.nn.parallel import DistributedDataParallel

import clspec
from clspec.nn import Tap
from clspec.streams import split

SPEC = """clspec 1
model Encoder {{
    input features()
    neck hidden = {hidden}
    neck code = {code}
}}
model Net {{
    input features(5)
    backbone trunk = Encoder()
    neck early = linear(4) from trunk.hidden
    head deep = linear(3) from trunk
    head shallow = linear(2) from early
}}
"""
X = torch.linspace(-1, 1, 20).reshape(4, 5)


def compiled(hidden="linear(6)", code="[relu(), linear(3)]"):
    return clspec.compile(clspec.parse_string(SPEC.format(hidden=hidden, code=code)), seed=1)


def by_hand(model, x):
    """What the model gives, the trunk written out."""
    hidden = model.trunk.hidden(x)
    return {"deep": model.deep(model.trunk.code(hidden)), "shallow": model.shallow(model.early(hidden))}


def same(one, other):
    assert list(one) == list(other)
    assert all(torch.equal(one[key], other[key]) for key in one)


def test_the_trunk_runs_once():
    model, runs = compiled(), []
    model.trunk.hidden.register_forward_hook(lambda *_: runs.append(1))
    same(model(X), by_hand(model, X))
    assert len(runs) == 2  # one by the model, one by hand


def test_gradients_reach_what_is_tapped_by_both_ways():
    model = compiled()
    weight = model.trunk.hidden.weight
    gradients = {}
    for key in ("deep", "shallow"):
        (gradients[key],) = torch.autograd.grad(model(X)[key].square().sum(), weight)
        (expected,) = torch.autograd.grad(by_hand(model, X)[key].square().sum(), weight)
        assert torch.equal(gradients[key], expected) and gradients[key].abs().sum() > 0
    model(X)["deep"].square().sum().add(model(X)["shallow"].square().sum()).backward()
    assert torch.allclose(weight.grad, gradients["deep"] + gradients["shallow"])


def test_a_layer_that_works_in_place_behind_it_changes_nothing():
    class InPlace(nn.Module):
        def __init__(self):
            super().__init__()
            self.hidden = nn.Linear(5, 6)
            self.act = nn.ReLU(inplace=True)

        def forward(self, x):
            return self.act(self.hidden(x))

    module = InPlace()
    tap = Tap(module, "hidden")
    given = module(X)
    taken = tap.take()
    assert torch.equal(taken, nn.functional.linear(X, module.hidden.weight, module.hidden.bias))
    assert (taken < 0).any() and (given >= 0).all()
    (taken.sum() + given.sum()).backward()
    assert module.hidden.bias.grad.min() >= len(X)  # every sample by the tap, and some by the rectifier too


def test_nothing_is_kept_between_forwards():
    model = compiled()
    model(X)
    with pytest.raises(RuntimeError, match="hidden has not run"):
        model.trunk_hidden.take()
    with pytest.raises(ValueError, match="no submodule 'hiden'"):
        Tap(model.trunk, "hiden")


def test_copies_have_taps_of_their_own():
    model = compiled()
    model.trunk(X)  # leaves something untaken
    for other in (copy.deepcopy(model), pickle.loads(pickle.dumps(model))):
        assert other.trunk_hidden._kept is None
        with torch.no_grad():
            other.trunk.hidden.weight.zero_()
        other(X)
        assert len(other.trunk.hidden._forward_hooks) == 1
        same(other(X), by_hand(other, X))
    same(model(X), by_hand(model, X))
    assert list(model.state_dict()) == list(compiled().state_dict())
    assert not [key for key in model.state_dict() if "trunk_hidden" in key]


def test_a_pickle_opens_in_a_fresh_process(tmp_path):
    model = compiled()
    torch.save(model, tmp_path / "model.pt")
    torch.save((X, {key: answer.detach() for key, answer in model(X).items()}), tmp_path / "answers.pt")
    script = (
        "import sys, torch\n"
        "model = torch.load(sys.argv[1], weights_only=False)\n"
        "x, answers = torch.load(sys.argv[2])\n"
        "assert all(torch.equal(model(x)[key], answer) for key, answer in answers.items())\n"
    )
    command = [sys.executable, "-c", script, str(tmp_path / "model.pt"), str(tmp_path / "answers.pt")]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize("training", [True, False])
def test_it_compiles_whole_and_exports(training):
    model = compiled().train(training)
    expected = by_hand(model, X)
    torch._dynamo.reset()
    fast = torch.compile(model, fullgraph=True, backend="eager")
    same(fast(X), expected)
    same(fast(X), expected)  # the second call runs what the first recorded
    same(torch.export.export(model, (X,)).module()(X), expected)


@pytest.fixture
def one_process(tmp_path):
    dist.init_process_group("gloo", init_method=f"file://{tmp_path}/rendezvous", rank=0, world_size=1)
    yield
    dist.destroy_process_group()


def test_it_trains_in_distributed_data_parallel(one_process):
    model, alone = compiled(), compiled()
    wrapped = DistributedDataParallel(model)
    for each in (wrapped, alone):
        sum(answer.square().sum() for answer in each(X).values()).backward()
    for mine, expected in zip(model.parameters(), alone.parameters(), strict=True):
        assert torch.equal(mine.grad, expected.grad)


PER_TASK = """clspec 1
model Encoder {
    input features()
    neck hidden = per_task(linear(6))
    neck code = [relu(), linear(3)]
}
model Net {
    input features(5)
    backbone trunk = Encoder()
    head shallow = per_task(incremental()) from trunk.hidden
    head deep = incremental() from trunk
}
"""


def test_every_task_is_tapped_by_itself():
    model = clspec.compile(clspec.parse_string(PER_TASK), seed=1)
    for experience in split(classes=6, experiences=3, task_labels=True):
        model.adaptation(experience)
    model.eval()
    for task, answer in model(X, None).items():
        same(answer, model(X, task))
    assert not torch.equal(model(X, 0)["deep"], model(X, 1)["deep"])
    tasks = torch.tensor([0, 2, 1, 0])
    mixed = model(X, tasks)["shallow"]
    for row, task in enumerate(tasks.tolist()):
        alone = model(X, task)["shallow"][row]
        assert torch.allclose(mixed[row, : len(alone)], alone)


def test_a_frozen_trunk_can_be_tapped():
    model = clspec.compile(clspec.parse_string(SPEC.format(hidden="linear(6)", code="linear(3)").replace(
        "head deep", "freeze trunk\n    head deep")))  # fmt: skip
    sum(answer.square().sum() for answer in model(X).values()).backward()
    assert model.trunk.hidden.weight.grad is None and model.early.weight.grad is not None


# ---- what cannot be tapped


@pytest.mark.parametrize(
    ("inside", "path", "said"),
    [
        ("neck side = linear(2) from hidden\n output code", "side", "is not computed in its forward"),
        ("neck side = linear(3) from hidden\n output code in train\n output side in eval", "code", "in eval mode"),
        ("neck side = linear(3) from hidden\n output code in train\n output side in eval", "side", "in train mode"),
        ("neck side = linear(3) from hidden\n output code in train\n output side in eval", "hidden", None),
    ],
)
def test_what_the_trunk_does_not_compute_cannot_be_read(inside, path, said):
    text = SPEC.format(hidden="linear(6)", code=f"linear(3)\n {inside}").replace("trunk.hidden", f"trunk.{path}")
    found = clspec.check(clspec.parse_string(text))
    assert [finding.code for finding in found] == (["CL116"] if said else [])
    if said:
        assert said in found[0].message
        return
    model = clspec.compile(clspec.parse_string(text))
    assert set(model(X)) == set(model.eval()(X)) == {"deep", "shallow"}


def test_a_name_that_is_taken_is_given_another():
    text = SPEC.format(hidden="linear(6)", code="linear(3)").replace("early", "trunk_hidden")
    model = clspec.compile(clspec.parse_string(text), seed=1)
    hidden = model.trunk.hidden(X)
    assert torch.equal(model(X)["shallow"], model.shallow(model.trunk_hidden(hidden)))
