"""The catalogue of library networks is data; here it is held against the networks themselves."""

from __future__ import annotations

import ast
import importlib.util
from pathlib import Path

import pytest
import torch
from torch import nn

import clspec
from clspec.catalogue import pytorchcv_catalogue
from clspec.components.base import Construct, Size
from clspec.components.pytorchcv import PyTorchCV
from clspec.ir.shapes import features, image

torch.set_num_threads(1)
LIBRARY = Path(importlib.util.find_spec("pytorchcv").submodule_search_locations[0])
NETWORKS = pytorchcv_catalogue().networks


def build(name: str, channels: int):
    """The backbone as generated code builds it, but on the meta device."""

    def made(value):
        if not isinstance(value, Construct):
            return value
        module = importlib.import_module(value.module)
        named = {key: made(each) for key, each in value.named}
        return getattr(module, value.name)(*map(made, value.positional), **named)

    with torch.device("meta"):
        return made(PyTorchCV(name=name).constructor((image(channels, *NETWORKS[name].size),)))


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


def held(backbone: nn.Module, kind: PyTorchCV) -> Size:
    """What a built backbone holds, and what each of its stages does."""
    return Size(
        count(backbone),
        sum(buffer.numel() * buffer.element_size() for buffer in backbone.buffers()),
        tuple((stage, count(backbone.get_submodule(stage))) for stage in kind.stages()),
    )


def count(module: nn.Module) -> int:
    return sum(parameter.numel() for parameter in module.parameters())


@pytest.mark.parametrize("name", ["vgg11", "bn_vgg13", "mobilenet_w1", "resnet56_cifar100"])
def test_sizes_of_large_networks_on_the_meta_device(name) -> None:
    for channels in (1, 3):
        network = build(name, channels)
        kind = PyTorchCV(name=name)
        assert held(network, kind) == kind.growth((image(channels, *NETWORKS[name].size),))
        answer = network.eval()(torch.zeros(1, channels, *NETWORKS[name].size, device="meta"))
        assert answer.shape == (1, NETWORKS[name].width)


@pytest.mark.parametrize("name", ["resnet20_cifar10", "mobilenet_wd4"])
def test_the_least_image_is_taken_and_a_smaller_one_refused(name) -> None:
    least = NETWORKS[name].least
    network = build(name, 3).eval()
    assert network(torch.zeros(2, 3, least, least, device="meta")).shape == (2, NETWORKS[name].width)
    text = f'clspec 1\nmodel N {{ input image(3, {least - 1}, {least})\n backbone b = pytorchcv("{name}") }}'
    codes = [finding.code for finding in clspec.check(clspec.parse_string(text))]
    assert codes == ["CL301" if least > 1 else "CL204"]


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
    tree = ast.parse((LIBRARY / "model_provider.py").read_text("utf-8"))
    tables = [
        node.value for node in ast.walk(tree) if isinstance(node, ast.Assign) and isinstance(node.value, ast.Dict)
    ]
    names = {key.value for table in tables for key in table.keys if isinstance(key, ast.Constant)}
    known = set(NETWORKS) | pytorchcv_catalogue().others
    assert len(known) > 800
    assert {name for name in names if isinstance(name, str)} == known


def test_the_three_families_are_there() -> None:
    for start, least in (("resnet", 3), ("vgg", 4), ("mobilenet", 4)):
        assert sum(name.startswith(start) for name in NETWORKS) >= least
    assert all(network.least >= 1 and network.width > 0 for network in NETWORKS.values())
