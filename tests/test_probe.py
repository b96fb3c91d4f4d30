"""What is said of a backbone's inside without building it, held against the backbone as it runs."""

from __future__ import annotations

import random
import subprocess
import sys

import pytest
import torch
from torch import nn

import clspec
from clspec.components import registry
from clspec.components.mistakes import TapError
from clspec.components.pytorchcv import PyTorchCV
from clspec.components.simple_cnn import SimpleCNN
from clspec.ir.construct import call
from clspec.ir.shapes import Shape, features, image
from clspec.probe import ProbeError, probe

torch.set_num_threads(1)
BACKBONES = {
    "simple_cnn": (image(1, 28, 28), {}),
    "simple_mlp": (features(10), {"layers": 2}),
    "mlp": (features(9), {"sizes": (4, 5)}),
    "pytorchcv": (image(3, 40, 36), {"name": "resnet20_cifar10"}),
}
NAMES = [("resnet20_cifar10", 32), ("resnet20_cifar10", 45), ("vgg11", 64), ("mobilenet_wd4", 33)]


def component(kind):
    shape, arguments = BACKBONES[kind]
    return registry()[kind](**arguments), (shape,)


def run_and_note(net: nn.Module, shape: Shape):
    """What every submodule gave in a real forward, and what the net gave."""
    gave = {}
    for path, module in net.named_modules():
        module.register_forward_hook(lambda _m, _a, out, path=path: gave.__setitem__(path, tuple(out.shape[1:])))
    with torch.no_grad():
        net.eval()(torch.zeros(1, *shape.sizes))
    return gave


def built(kind, shape):
    text = f'clspec 1\nmodel N {{ input image{shape.sizes}\n backbone b = pytorchcv("{kind}") }}'
    return clspec.compile(clspec.parse_string(text)).b


@pytest.mark.parametrize(("name", "side"), NAMES)
def test_every_submodule_gives_what_the_probe_says(name, side) -> None:
    kind, inputs = PyTorchCV(name=name), (image(2, side, side + 3),)
    seen = probe(kind.constructor(inputs), inputs)
    backbone = built(name, inputs[0])
    gave = run_and_note(backbone, inputs[0])
    assert gave.pop("") == seen.output.sizes
    assert {path: shape.sizes for path, shape in seen.gives.items()} == gave
    assert next(iter(seen.gives)).startswith("net.features") and list(seen.gives)[-1] == "net"
    assert dict(seen.inside) == {
        path: sum(each.numel() for each in backbone.get_submodule(path).parameters()) for path, _ in seen.inside
    }
    assert seen.parameters == sum(count for _, count in seen.inside) == sum(p.numel() for p in backbone.parameters())
    assert seen.buffer_bytes == sum(each.numel() * each.element_size() for each in backbone.buffers())


def test_looking_leaves_the_process_as_it_was() -> None:
    torch.manual_seed(3)
    random.seed(3)
    before, also = torch.get_rng_state(), random.getstate()
    torch.set_default_dtype(torch.float64)
    try:
        inputs = (image(3, 21, 21),)
        seen = probe(PyTorchCV(name="resnet20_cifar10").constructor(inputs), inputs)
        assert torch.get_default_dtype() == torch.float64
    finally:
        torch.set_default_dtype(torch.float32)
    assert seen.buffer_bytes == 6440  # of float32, whatever the process's default
    assert torch.equal(torch.get_rng_state(), before) and random.getstate() == also
    assert torch.is_grad_enabled()


@pytest.mark.parametrize("kind", BACKBONES)
def test_a_tap_gives_the_full_path_and_the_shape_of_what_runs(kind) -> None:
    backbone, inputs = component(kind)
    seen = probe(backbone.constructor(inputs), inputs)
    for path, shape in seen.gives.items():
        assert backbone.tap(path, inputs) == (path, shape)
    first = next(iter(seen.gives))
    tails = [path for path in seen.gives if path.endswith(first.rpartition(".")[2])]
    if len(tails) == 1:
        assert backbone.tap(first.rpartition(".")[2], inputs)[0] == first


@pytest.mark.parametrize("kind", [kind for kind in registry() if kind.isidentifier()])
def test_what_is_no_backbone_has_no_taps(kind) -> None:
    made = registry()[kind]
    if "backbone" not in made.roles or made.needs_task_labels:
        with pytest.raises(TapError, match=f"nothing inside {kind} can be read"):
            object.__new__(made).tap("net", (features(3),))


@pytest.mark.parametrize(
    ("written", "full", "sizes"),
    [
        ("stage2", "net.features.stage2", (32, 16, 16)),
        ("features.stage2", "net.features.stage2", (32, 16, 16)),
        ("net.features.stage2", "net.features.stage2", (32, 16, 16)),
        ("final_pool", "net.features.final_pool", (64, 1, 1)),
        ("output", "net.output", (64,)),
        ("stage2.unit3", "net.features.stage2.unit3", (32, 16, 16)),
        ("stage3.unit1.body.conv1", "net.features.stage3.unit1.body.conv1", (64, 8, 8)),
    ],
)
@pytest.mark.parametrize("channels", [1, 3])
def test_taps_by_a_path_or_an_end_of_one(written, full, sizes, channels) -> None:
    path, shape = PyTorchCV(name="resnet20_cifar10").tap(written, (image(channels, 32, 32),))
    assert (path, shape.sizes) == (full, sizes)


def test_a_number_is_a_submodule_too() -> None:
    assert SimpleCNN().tap("features.4", (image(3, 32, 32),)) == ("features.4", image(32, 15, 15))
    assert SimpleCNN().tap("4", (image(3, 32, 32),))[0] == "features.4"


@pytest.mark.parametrize(
    ("written", "said", "help"),
    [
        ("stagee2", '"stagee2" is no submodule', 'did you mean "stage2"?; there are: init_block, stage1, stage2'),
        ("conv1", '"conv1" could be 9 submodules', "net.features.stage1.unit1.body.conv1"),
        ("stage2.uint1", '"stage2.uint1" is no submodule', 'did you mean "stage2.unit1"?'),
        ("zzz", '"zzz" is no submodule', "there are: init_block"),
    ],
)
def test_a_tap_that_is_not_there_names_what_is(written, said, help) -> None:
    with pytest.raises(TapError) as told:
        PyTorchCV(name="resnet20_cifar10").tap(written, (image(3, 32, 32),))
    assert said in told.value.message and help in str(told.value.help)


@pytest.mark.parametrize("side", [32, 40])
def test_at_the_native_size_stages_are_known_without_torch(side) -> None:
    code = f"""
import sys
from clspec.components.pytorchcv import PyTorchCV
from clspec.ir.shapes import image
tapped = PyTorchCV(name="resnet20_cifar10").tap("stage3", (image(1, {side}, {side}),))
assert tapped == ("net.features.stage3", image(64, {side} // 4, {side} // 4)), tapped
print("torch" in sys.modules)
"""
    ended = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert ended.stdout.strip() == str(side != 32)


@pytest.mark.parametrize(
    ("construct", "step", "said"),
    [
        (call("nowhere_to_be_found", "Net"), "import", 'no module named "nowhere_to_be_found"'),
        (call("torch.nn", "Linea"), "import", 'torch.nn has no "Linea"'),
        (call("torch.nn", "Linear", 3), "build", "TypeError"),
        (call("collections", "OrderedDict"), "build", "it is a OrderedDict, no nn.Module"),
        (call("torch.nn", "Linear", 3, 4), "run", "RuntimeError"),
        (call("torch.nn", "LSTM", 5, 4), "output", "it gives a tuple, not a tensor"),
        (call("torch.nn", "Unflatten", 1, (1, 1, 1, 5)), "output", "it gives a tensor of (batch, 1, 1, 1, 5)"),
    ],
)
def test_what_cannot_be_looked_at_is_told_by_its_step(construct, step, said) -> None:
    with pytest.raises(ProbeError) as told:
        probe(construct, (features(5),))
    assert told.value.step == step and said in told.value.message
