"""What is frozen stands still whoever calls train(), on whatever part."""

import copy
import gc
import io
import pickle
import weakref

import pytest
import torch
from torch import nn

import clspec
from clspec.experience import Experience

SPEC = clspec.parse_string("""clspec 1
model M {
    input features(6)
    group g {
        neck n = [linear(6), batch_norm(), dropout(0.5)]
        neck k = [linear(6), batch_norm(), dropout(0.5)]
        output k in train
        output n in eval
    }
    neck n = [linear(6), batch_norm(), dropout(0.5)]
    head h = incremental() from n
    head c = incremental() from g
    freeze n
    freeze g
    unfreeze g.k
    when experience 2 { unfreeze n }
}""")
X = torch.randn(8, 6)
WAYS = {
    "all modules": lambda model: [module.train() for module in model.modules()],
    "modes to and fro": lambda model: [module.eval().train() for module in model.modules()],
    "children": lambda model: [child.train() for child in model.children()],
    "the part": lambda model: [model.n.train(), model.g.train()],
    "what is in it": lambda model: model.apply(lambda module: module.train()),
    "root": lambda model: model.train(),
}


def copies():
    spec = clspec.compile(SPEC)
    spec.adaptation(Experience([0, 1], [0], 0))
    loaded = clspec.compile(SPEC)
    loaded.load_state_dict(spec.state_dict())
    file = io.BytesIO()
    torch.save(spec, file)
    file.seek(0)
    saved = torch.load(file, weights_only=False)
    return {
        "itself": spec,
        "loaded": loaded,
        "saved": saved,
        "copied": copy.deepcopy(spec),
        "copied twice": copy.deepcopy(pickle.loads(pickle.dumps(copy.deepcopy(spec)))),
    }


@pytest.mark.parametrize("kind", ["itself", "loaded", "saved", "copied", "copied twice"])
@pytest.mark.parametrize("way", WAYS)
def test_it_stands_still(way, kind):
    model = copies()[kind]
    for before in (True, False):
        model.train(before)
        WAYS[way](model)
        still = [*model.n.modules(), *model.g.n.modules()]
        assert not any(module.training for module in still)
        assert all(module.training for module in model.g.k.modules())
    model.train()
    WAYS[way](model)
    statistics = {name: value.clone() for name, value in model.named_buffers()}
    one, other = model(X)["h"], model(X)["h"]
    assert torch.equal(one, other)
    moved = {name for name, value in model.named_buffers() if not torch.equal(value, statistics[name])}
    assert {name.rpartition(".")[0] for name in moved} == {"g.k.1"}


def test_a_frozen_group_answers_by_the_mode_of_the_whole():
    model = clspec.compile(SPEC)
    for mode in (True, False):
        model.train(mode)
        for wrong in (not mode, mode):
            model.g.train(wrong)
            assert model.g.training == mode


def test_unfrozen_it_takes_modes_again():
    model = clspec.compile(SPEC)
    for index in range(3):
        model.adaptation(Experience([2 * index], [0], index))
    assert all(module.training for module in model.n.modules())
    model.n.eval()
    assert not any(module.training for module in model.n.modules())
    model.n[2].train()
    assert model.n[2].training
    frozen = clspec.compile(SPEC)
    frozen.load_state_dict(model.state_dict())
    frozen.n.train()
    assert frozen.n[1].training


def test_a_part_taken_out_is_like_any_other():
    model = clspec.compile(SPEC)
    for part in (copy.deepcopy(model.n), pickle.loads(pickle.dumps(model.n))):
        part.train()
        assert all(module.training for module in part.modules())
    part, gone = model.n, weakref.ref(model)
    del model
    assert gone() is None  # at once: nothing that is held holds the model
    part.train()
    assert all(module.training for module in part.modules())


def test_nothing_holds_a_frozen_module_but_its_model():
    gc.disable()
    try:
        model = clspec.compile(SPEC)
        gone = weakref.ref(model.n[1])
        del model
        assert gone() is None
    finally:
        gc.enable()


def test_what_a_frozen_part_grows_stands_still_too():
    spec = clspec.parse_string("""clspec 1
        model M { input features(6)
        neck n = per_task([linear(4), batch_norm()])
        head h = incremental()
        freeze n }""")
    model = clspec.compile(spec)
    for task in range(3):
        model.adaptation(Experience([task], [task], task))
    for module in model.modules():
        module.train()
    assert not any(module.training for module in model.n.members.modules())


def test_it_goes_through_compile_and_export():
    model = clspec.compile(SPEC)
    model.adaptation(Experience([0, 1], [0], 0))
    for module in model.modules():
        module.train()
    frozen = nn.Sequential(model.n, nn.Identity())
    compiled = torch.compile(model, fullgraph=True, backend="eager")
    assert torch.equal(compiled(X)["h"], model(X)["h"])
    torch.compile(frozen, fullgraph=True, backend="eager")(X)
    model.eval()
    for strict in (True, False):
        exported = torch.export.export(model, (X,), strict=strict).module()
        torch.testing.assert_close(exported(X)["h"], model(X)["h"])
