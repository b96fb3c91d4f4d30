"""The catalogue of library networks is data; here a sample is held against the networks themselves.

`make catalogue-check` does the same for all of them, which takes a quarter of an hour.
"""

from __future__ import annotations

import ast
import csv
import importlib.util
import json
import subprocess
import sys
from pathlib import Path

import pytest
import torch
from torch import nn

import clspec
from clspec.catalogue import Catalogue, Network, line_of, pytorchcv_catalogue
from clspec.catalogue.library import module_of_names, published_weights
from clspec.components.growing import Size
from clspec.components.pytorchcv import PyTorchCV
from clspec.ir.shapes import features, image
from clspec.probe import describe_library, probe

torch.set_num_threads(1)
LIBRARY = Path(importlib.util.find_spec("pytorchcv").submodule_search_locations[0])
CATALOGUE = pytorchcv_catalogue()
NETWORKS = {name: CATALOGUE.network(name) for name in CATALOGUE.names}
BY_SIZE = sorted(NETWORKS, key=lambda name: NETWORKS[name].parameters, reverse=True)
A_MODULE_EACH = sorted({NETWORKS[name].module: name for name in BY_SIZE}.values())  # the smallest of each
SAMPLE = ["resnet20_cifar10", "mobilenet_wd4", "vgg11", "squeezenet_v1_1", "densenet40_k12_cifar10", "msdnet22"]


def sized(name: str, channels: int, side: int):
    kind = PyTorchCV(name=name)
    return kind, (image(channels, side, side),)


def held(backbone: nn.Module, kind: PyTorchCV) -> Size:
    """What a built backbone holds, and what each of its stages does."""
    return Size(
        count(backbone),
        sum(buffer.numel() * buffer.element_size() for buffer in backbone.buffers()),
        tuple((stage, count(backbone.get_submodule(stage))) for stage in kind.stages()),
    )


def count(module: nn.Module) -> int:
    return sum(parameter.numel() for parameter in module.parameters())


@pytest.mark.parametrize(("name", "channels"), [("resnet20_cifar10", 3), ("resnet20_cifar10", 1), ("mobilenet_wd4", 3)])
def test_width_and_sizes_are_those_of_the_network(name, channels) -> None:
    height, width = NETWORKS[name].size
    kind = PyTorchCV(name=name)
    text = f'clspec 1\nmodel N {{ input image({channels}, {height}, {width})\n backbone b = pytorchcv("{name}") }}'
    model = clspec.compile(clspec.parse_string(text)).eval()
    with torch.no_grad():
        answer = model(torch.zeros(1, channels, height, width))
    assert features(answer.shape[1]) == kind.output_shape((image(channels, height, width),))
    assert held(model.b, kind) == kind.growth((image(channels, height, width),))


@pytest.mark.parametrize("name", A_MODULE_EACH)
def test_one_network_of_every_module_is_as_the_catalogue_says(name) -> None:
    """Of 111 modules, at the native size and at another one, on the meta device."""
    network = NETWORKS[name]
    channels = network.channels or (3 if network.per_channel is None else 2)
    kind, inputs = sized(name, channels, network.size[0])
    seen = probe(kind.constructor(inputs), inputs)
    assert seen.output == kind.output_shape(inputs) == features(network.width)
    size = kind.growth(inputs)
    assert (seen.parameters, seen.buffer_bytes) == (size.parameters, size.buffer_bytes)
    for stage in network.stages:
        path = f"net.{stage.path}"
        mine = sum(number for inner, number in seen.inside if inner == path or inner.startswith(f"{path}."))
        assert mine == dict(size.inside)[path]
        if stage.shape is not None and path in seen.gives:
            assert kind.tap(stage.path, inputs) == (path, seen.gives[path])
        for unit in stage.units:
            lead = f"{path}.{unit.name}"
            assert kind.submodule(lead.removeprefix("net."), inputs) == lead
            assert (
                sum(n for inner, n in seen.inside if f"{inner}.".startswith(f"{lead}."))
                == dict(kind.divided(size, inputs, [lead]).inside)[lead]
            )
            if unit.shape is not None and lead in seen.gives:
                assert kind.tap(lead, inputs) == (lead, seen.gives[lead])
    if network.least is not None:
        side = -(-max(network.least, 32) // network.step) * network.step
        kind, inputs = sized(name, channels, side)
        assert probe(kind.constructor(inputs), inputs).output == features(network.width)


def test_of_most_networks_the_units_of_the_stages_are_known() -> None:
    """Of all others torch has to tell: their stages share layers, or have none."""
    with_units = [name for name, network in NETWORKS.items() if any(stage.units for stage in network.stages)]
    assert len(with_units) == 677
    for name in with_units:
        for stage in NETWORKS[name].stages:
            if stage.units:
                assert sum(unit.parameters for unit in stage.units) == stage.parameters
                assert sum(unit.per_channel for unit in stage.units) == stage.per_channel


def test_parameters_that_do_not_grow_evenly_with_the_channels_are_counted() -> None:
    (name, *_) = [name for name, network in NETWORKS.items() if network.per_channel is None]
    for channels in (1, 3, 4):
        kind, inputs = sized(name, channels, 64)
        seen = probe(kind.constructor(inputs), inputs)
        size = kind.growth(inputs)
        assert (seen.parameters, seen.buffer_bytes) == (size.parameters, size.buffer_bytes)
        assert sum(count for _, count in size.inside) == size.parameters


@pytest.mark.parametrize("name", SAMPLE)
def test_the_least_image_is_taken_and_a_smaller_one_refused(name) -> None:
    network = NETWORKS[name]
    kind, inputs = sized(name, 3, network.least)
    assert kind.output_shape(inputs) == features(network.width) == probe(kind.constructor(inputs), inputs).output
    text = f'clspec 1\nmodel N {{ input image(3, {network.least - 1}, 300)\n backbone b = pytorchcv("{name}") }}'
    (finding,) = clspec.check(clspec.parse_string(text))
    assert finding.code == ("CL301" if network.least > 1 else "CL204")
    if network.least > 1:
        assert f"{network.least}×{network.least}" in str(finding.help)


def test_a_size_of_which_the_catalogue_says_nothing_is_tried() -> None:
    name = next(name for name, network in NETWORKS.items() if network.module == "hrnet" and network.least is None)
    text = 'clspec 1\nmodel N {{ input image(3, {0}, {0})\n backbone b = pytorchcv("{1}") }}'
    assert clspec.check(clspec.parse_string(text.format(96, name))) == []
    (finding,) = clspec.check(clspec.parse_string(text.format(60, name)))
    assert (finding.code, finding.span.text) == ("CL301", f'pytorchcv("{name}")')
    assert "the next larger image it takes is" in str(finding.help)


def test_other_sizes_change_nothing_at_the_native_one() -> None:
    """A pool that became adaptive gives the same there, weights included."""
    for name in ("vgg11", "resnet20_cifar10"):
        network = NETWORKS[name]
        image_of = f"image(3, {network.size[0]}, {network.size[1]})"
        text = f'clspec 1\nmodel N {{ input {image_of}\n backbone b = pytorchcv("{name}") }}'
        model = clspec.compile(clspec.parse_string(text)).eval()
        made = getattr(importlib.import_module(f"pytorchcv.models.{network.module}"), name)().eval()
        state = {f"net.{key}": value for key, value in made.state_dict().items()}
        wanted = model.b.state_dict()
        model.b.load_state_dict({key: state[key] for key in wanted})
        parent, _, leaf = network.drop.rpartition(".")
        setattr(made.get_submodule(parent), leaf, nn.Identity())
        x = torch.randn(1, 3, *network.size)
        with torch.no_grad():
            torch.testing.assert_close(model(x), made(x).flatten(1))


def test_every_network_stands_in_the_module_that_the_catalogue_names() -> None:
    """By reading the files: importing 867 networks would take minutes, and one of them needs torchvision."""
    defined: dict[str, set[str]] = {}
    for name, network in NETWORKS.items():
        if network.module not in defined:
            tree = ast.parse((LIBRARY / "models" / f"{network.module}.py").read_text("utf-8"))
            functions = (node for node in tree.body if isinstance(node, ast.FunctionDef))
            defined[network.module] = {function.name for function in functions}
        assert name in defined[network.module], f"{name} is not in {network.module}.py"


def test_the_catalogue_knows_every_name_of_the_library() -> None:
    assert {*CATALOGUE.names, *CATALOGUE.others} == set(module_of_names())
    assert (len(CATALOGUE.names), len(CATALOGUE.others)) == (768, 99)
    assert len({network.module for network in NETWORKS.values()}) == 111


def test_which_networks_cannot_take_images_of_32_by_32() -> None:
    """756 of 768 can: 684 by the catalogue, 72 were tried."""
    least = {name: each.least for name, each in NETWORKS.items() if each.least is not None}
    assert {name: side for name, side in least.items() if side > 32 or 32 % NETWORKS[name].step} == {
        "bagnet33": 33, "darknet_ref": 64, "inceptionresnetv1": 80, "inceptionresnetv2": 80, "inceptionv3": 80,
        "inceptionv4": 80, "msdnet22": 160, "polynet": 80, "scnet50": 97, "scnet101": 97, "scneta50": 97,
        "scneta101": 97,
    }  # fmt: skip
    assert len(least) == 696


@pytest.mark.parametrize(
    "name", ["nin_svhn", "squeezenet_v1_1", "rir_cifar10", "resnet20_cifar10", "mobilenetv3_small_w1", "darknet_ref"]
)
def test_gradients_reach_all_of_a_network(name) -> None:
    """Where a classifier ends in an activation that writes in place, both are dropped."""
    side = max(NETWORKS[name].least, 32)
    text = f'model N {{ input image(1, {side}, {side})\n backbone b = pytorchcv("{name}")\n head h = incremental() }}'
    model = clspec.compile(clspec.parse_string(f"clspec 1\n{text}"))
    model.adaptation(clspec.Experience([0, 1]))
    model.adaptation(clspec.Experience([2, 3]))
    model(torch.randn(2, 1, side, side)).sum().backward()
    assert all(parameter.grad is not None for parameter in model.b.parameters())


def test_the_features_are_not_activated_a_second_time() -> None:
    """`darknet_ref` has an activation behind its classifier: the pooled maps before it are the features."""
    text = 'clspec 1\nmodel N { input image(3, 64, 64)\n backbone b = pytorchcv("darknet_ref") }'
    model = clspec.compile(clspec.parse_string(text)).eval()
    x = torch.randn(2, 3, 64, 64)
    with torch.no_grad():
        torch.testing.assert_close(model(x), model.b.net.features(x).mean((2, 3)))


def test_what_never_trains_in_a_network_is_not_woken_by_unfreezing() -> None:
    """The masks of `xdensenet` are parameters without gradient in the library."""
    text = """clspec 1
        stream tasks = split(classes=4, experiences=2)
        model N {
            input image(3, 32, 32)
            backbone b = pytorchcv("xdensenet40_2_k24_bc_cifar10")
            head h = incremental()
            freeze b
            when experience 1 { unfreeze b }
        }"""
    model = clspec.compile(clspec.parse_string(text))
    for classes, row in zip(([0, 1], [2, 3]), clspec.simulate(clspec.parse_string(text)).rows, strict=True):
        model.adaptation(clspec.Experience(classes))
        trains = sum(each.numel() for each in model.parameters() if each.requires_grad)
        assert (count(model), trains) == (row.parameters, row.trainable)
    masks = {name for name in model.state_dict() if name.endswith(".mask")}
    assert masks and masks <= dict(model.named_buffers()).keys()


def test_a_network_is_read_as_it_was_written() -> None:
    network = NETWORKS["vgg11"]
    assert Network.of_row(json.loads(line_of(network))) == network
    text = CATALOGUE.text()
    assert Catalogue.of_text(text) == CATALOGUE
    assert set(json.loads(text)["networks"]) == set(NETWORKS)  # a JSON reader finds the same


@pytest.mark.parametrize(
    ("name", "said", "help"),
    [
        ("fcn8sd_resnetd50b_voc", "is for segmentation; it classifies no images", "did you mean"),
        ("raft_things", "is for optical flow", "such as"),
        ("centernet_resnet18_voc", "is for object detection", "did you mean"),
        ("ntsnet_cub", "is for fine-grained classification with several outputs", ""),
        ("resnet20_cifar11", 'unknown backbone "resnet20_cifar11"', 'did you mean "resnet20_cifar10"?'),
        (
            "resnet20",
            'unknown backbone "resnet20"',
            'did you mean "resnet20_cifar10", "resnet20_cifar100" or "resnet20_svhn"?',
        ),
        ("ResNet18", 'unknown backbone "ResNet18"', 'did you mean "resnet18"?'),
        ("pspnet_resnetd50b_voc", "is for segmentation", 'did you mean "resnetd50b", '),
        ("zzzz", 'unknown backbone "zzzz"', "clspec backbones"),
    ],
)
def test_what_is_no_backbone_is_told_by_what_it_is(name, said, help) -> None:
    text = f'clspec 1\nmodel N {{ input image(3, 32, 32)\n backbone b = pytorchcv("{name}") }}'
    (finding,) = clspec.check(clspec.parse_string(text))
    assert (finding.code, finding.span.text) == ("CL112", f'"{name}"')
    assert said in finding.message and help in str(finding.help)


def test_a_network_that_cannot_take_its_input_is_told_once() -> None:
    """Not again for each tap into it."""
    text = """clspec 1
model N {
    input image(3, 32, 32)
    backbone b = pytorchcv("inceptionv3")
    neck early = [avg_pool(), flatten()] from b.stage2
    head h = incremental() from early
}
"""
    (finding,) = clspec.check(clspec.parse_string(text))
    assert (finding.code, finding.span.line) == ("CL301", 4)


def test_published_weights_are_those_of_the_library() -> None:
    published = published_weights()
    assert {name: network.weights for name, network in NETWORKS.items()} == {
        name: published.get(name) for name in NETWORKS
    }
    assert NETWORKS["resnet20_cifar10"].weights and not NETWORKS["ghostnet"].weights


def test_a_library_of_another_version_is_looked_at_itself() -> None:
    """Found without the catalogue, it is the same network, but for the sizes that only the catalogue knows."""
    for name in ("resnet20_cifar10", "vgg11"):
        known = NETWORKS[name]
        seen = describe_library("pytorchcv.models", known.module, name)
        assert seen == Network(**{**vars(known), "least": None, "step": 1, "weights": None})


def test_another_version_installed_is_noticed(tmp_path) -> None:
    """A distribution of pytorchcv 0.0.99 on the path, whose code is the installed one's."""
    info = tmp_path / "pytorchcv-0.0.99.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: pytorchcv\nVersion: 0.0.99\n")
    text = 'clspec 1\nmodel N {{ input image(3, 32, 32)\n backbone b = pytorchcv("{}")\n head h = incremental() }}'
    code = f"""
import sys
sys.path.insert(0, {str(tmp_path)!r})
import clspec
assert clspec.check(clspec.parse_string({text.format("resnet20_cifar10")!r})) == []
assert "torch" in sys.modules  # the catalogue was not believed
(finding,) = clspec.check(clspec.parse_string({text.format("centernet_resnet18_voc")!r}))
print(finding.code, finding.message)
"""
    ended = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert ended.returncode == 0, ended.stderr
    assert ended.stdout.startswith("CL112") and "classifies no images" in ended.stdout


@pytest.mark.parametrize(
    ("provider", "code", "said"),
    [
        (
            "from .models.resnet import resnet18\n_models = {'resnet18': resnet18}\n",
            "CL112",
            'has no "resnet20_cifar10"',
        ),
        ("from .models.resnet import *\n_models = {}\n", "CL210", "laid out in a way that clspec does not know"),
    ],
)
def test_another_version_that_lacks_a_network_or_hides_them(tmp_path, provider, code, said) -> None:
    info, package = tmp_path / "pytorchcv-0.0.50.dist-info", tmp_path / "pytorchcv"
    info.mkdir()
    package.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: pytorchcv\nVersion: 0.0.50\n")
    (package / "__init__.py").touch()
    (package / "model_provider.py").write_text(provider)
    text = 'clspec 1\nmodel N { input image(3, 32, 32)\n backbone b = pytorchcv("resnet20_cifar10") }'
    script = f"""
import sys
sys.path.insert(0, {str(tmp_path)!r})
import clspec
(finding,) = clspec.check(clspec.parse_string({text!r}))
print(finding.code, finding.message, finding.help)
"""
    ended = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=False)
    assert ended.returncode == 0, ended.stderr
    assert ended.stdout.startswith(f"{code} ") and said in ended.stdout
    assert f"pip install pytorchcv=={CATALOGUE.version}" in ended.stdout


def test_the_sweeps_table_is_of_the_networks_that_the_catalogue_knows() -> None:
    table = Path(__file__).parent.parent / "docs" / "backbones-sweep.csv"
    rows = [row for row in csv.DictReader(table.read_text("utf-8").splitlines()) if row["library"] == "pytorchcv"]
    catalogue = pytorchcv_catalogue()
    assert {row["network"] for row in rows} == set(catalogue.names)
    for row in rows:
        known = catalogue.network(row["network"])
        channels = int(row["image"].partition("×")[0])
        parameters = known.parameters + (known.per_channel or 0) * (channels if known.channels is None else 0)
        assert (int(row["width"]), int(row["parameters"])) == (known.width, parameters), row["network"]
