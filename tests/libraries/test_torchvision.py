"""`torchvision(name, weights=none)`, held against torchvision itself."""

from __future__ import annotations

import pytest
import torch
from torchvision import models

import clspec
from clspec.components.torchvision import TorchVision
from clspec.ir.shapes import features, image

TEXT = """clspec 1
model Net {{
    input image({channels}, {side}, {side})
    backbone trunk = torchvision("{name}"{weights})
    head labels = incremental()
}}
"""
WIDTHS = {
    "resnet18": 512, "vgg11": 4096, "squeezenet1_1": 512, "mobilenet_v2": 1280, "mobilenet_v3_small": 1024,
    "densenet121": 1024, "efficientnet_b0": 1280, "shufflenet_v2_x0_5": 1024, "mnasnet0_5": 1280, "alexnet": 4096,
}  # fmt: skip


def spec(name: str, side: int = 64, channels: int = 3, weights: str = ""):
    return clspec.parse_string(TEXT.format(name=name, side=side, channels=channels, weights=weights))


@pytest.mark.parametrize("name", WIDTHS)
def test_a_network_of_every_family_trains(name) -> None:
    model = clspec.compile(spec(name))
    assert model.labels.in_features == WIDTHS[name]
    model.adaptation(clspec.Experience([0, 1]))
    model.adaptation(clspec.Experience([2, 3]))
    model(torch.randn(2, 3, 64, 64)).sum().backward()
    assert all(each.grad is not None for each in model.trunk.parameters())


@pytest.mark.parametrize("name", ["vit_b_16", "swin_t", "convnext_tiny", "regnet_y_400mf", "maxvit_t", "inception_v3"])
def test_widths_of_large_networks_without_building_them(name) -> None:
    side = 299 if name == "inception_v3" else 224
    widths = {"vit_b_16": 768, "swin_t": 768, "convnext_tiny": 768, "regnet_y_400mf": 440, "maxvit_t": 512}
    kind = TorchVision(name=name)
    assert kind.output_shape((image(3, side, side),)) == features(widths.get(name, 2048))


def test_the_features_are_those_before_its_own_classifier() -> None:
    model = clspec.compile(spec("resnet18")).eval()
    net = models.resnet18().eval()
    net.fc = torch.nn.Identity()
    net.load_state_dict({key.removeprefix("net."): value for key, value in model.trunk.state_dict().items()})
    x = torch.randn(2, 3, 64, 64)
    with torch.no_grad():
        assert torch.equal(model.trunk(x), net(x))


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        ({"name": "resnt18"}, "CL112", 'did you mean "resnet18"?'),
        ({"name": "fcn_resnet50"}, "CL112", "is for segmentation"),
        ({"name": "vit_b_16"}, "CL301", "cannot take 3×64×64"),
        ({"name": "resnet18", "channels": 1}, "CL301", "repeat_channels(3)"),
        ({"name": "resnet18", "weights": ', weights="IMAGENET"'}, "CL212", "IMAGENET1K_V1"),
    ],
)
def test_what_is_wrong_is_a_finding(arguments, code, said) -> None:
    (finding,) = clspec.check(spec(**arguments))
    assert finding.code == code and said in f"{finding.message} {finding.help}"


def test_published_weights_are_read_from_its_own_folder(tmp_path, monkeypatch) -> None:
    monkeypatch.setenv("TORCH_HOME", str(tmp_path))
    mine = spec("resnet18", weights=', weights="IMAGENET1K_V1"')
    with pytest.raises(clspec.SpecError, match=r"hub/checkpoints/resnet18-f37072fd\.pth"):
        clspec.compile(mine)
    folder = tmp_path / "hub" / "checkpoints"
    folder.mkdir(parents=True)
    net = models.resnet18()
    torch.save(net.state_dict(), folder / "resnet18-f37072fd.pth")
    assert torch.equal(clspec.compile(mine).trunk.net.conv1.weight, net.conv1.weight)


@pytest.mark.parametrize("published", [True, False])
def test_weights_with_auxiliary_classifiers_leave_them_out(tmp_path, monkeypatch, published) -> None:
    monkeypatch.setenv("TORCH_HOME", str(tmp_path))
    folder = tmp_path / "hub" / "checkpoints"
    folder.mkdir(parents=True)
    net = models.googlenet(aux_logits=True, init_weights=False)
    file = folder / models.GoogLeNet_Weights.IMAGENET1K_V1.url.rpartition("/")[2]
    torch.save(net.state_dict(), file)
    if published:
        model = clspec.compile(spec("googlenet", weights=', weights="DEFAULT"'))
    else:
        model = clspec.compile(spec("googlenet"), weights={"trunk": file})
    assert torch.equal(model.trunk.net.conv1.conv.weight, net.conv1.conv.weight)
    assert model.train()(torch.randn(2, 3, 64, 64)).shape == (2, 2)


def test_taps_and_rules_on_the_inside() -> None:
    assert TorchVision(name="resnet18").tap("layer2", (image(3, 64, 64),)) == ("net.layer2", image(128, 8, 8))
    text = TEXT.format(name="resnet18", side=64, channels=3, weights="").replace(
        "\n}", "\n    freeze trunk until layer3\n}"
    )
    model = clspec.compile(clspec.parse_string(text))
    trains = {name.split(".")[2] for name, each in model.trunk.named_parameters(prefix="trunk") if each.requires_grad}
    assert trains == {"layer4"}
