"""`timm(name, pretrained=false)`, held against timm itself."""

from __future__ import annotations

import pytest
import timm
import torch
from safetensors.torch import save_file

import clspec
from clspec.components.timm import Timm
from clspec.ir.shapes import features, image

TEXT = """clspec 1
model Net {{
    input image({channels}, {side}, {side})
    backbone trunk = timm("{name}"{pretrained})
    head labels = incremental()
}}
"""
COMMIT = "a" * 40
NAMES = ("resnet18", "efficientnet_b0", "mobilenetv3_small_100", "convnext_atto", "ghostnet_100", "test_vit")


def spec(name: str, side: int = 64, channels: int = 3, pretrained: str = ""):
    return clspec.parse_string(TEXT.format(name=name, side=side, channels=channels, pretrained=pretrained))


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("channels", [1, 3])
def test_networks_train_and_are_as_wide_as_timm_says(name, channels) -> None:
    side = 160 if name == "test_vit" else 64
    model = clspec.compile(spec(name, side, channels))
    assert model.labels.in_features == timm.create_model(name).head_hidden_size
    model.adaptation(clspec.Experience([0, 1]))
    model.adaptation(clspec.Experience([2, 3]))
    model(torch.randn(2, channels, side, side)).sum().backward()
    assert any(each.grad is not None for each in model.trunk.parameters())


def one_of_every_module() -> list[str]:
    """The first network of every module whose size is not too large to look at."""
    return [
        sorted(timm.list_models(module=module))[0] for module in timm.list_modules() if timm.list_models(module=module)
    ]


@pytest.mark.parametrize("name", one_of_every_module())
def test_one_network_of_every_module_is_as_wide_as_timm_says(name) -> None:
    channels, height, width = timm.get_pretrained_cfg(name, allow_unregistered=True).input_size
    kind = Timm(name=name)
    with torch.device("meta"):
        try:
            wanted = timm.create_model(name).head_hidden_size
        except (RuntimeError, NotImplementedError):
            wanted = None
    given = kind.output_shape((image(channels, height, width),))
    assert given == features(wanted) if wanted is not None else given.kind == "features"


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        ({"name": "resnt18"}, "CL112", 'did you mean "resnet18"?'),
        ({"name": "vit_tiny_patch16_224"}, "CL301", "cannot take 3×64×64"),
    ],
)
def test_what_is_wrong_is_a_finding(arguments, code, said) -> None:
    (finding,) = clspec.check(spec(**arguments))
    assert finding.code == code and said in f"{finding.message} {finding.help}"


@pytest.fixture
def hub(tmp_path, monkeypatch):
    """The cache of the hub's client, empty."""
    from huggingface_hub import constants

    monkeypatch.setattr(constants, "HF_HUB_CACHE", str(tmp_path))
    return tmp_path


def keep(hub, name: str, file: str, state) -> None:
    """Puts a file where the hub's client does: a blob, and a link to it in the snapshot of a commit."""
    folder = hub / f"models--timm--{timm.get_pretrained_cfg(name).hf_hub_id.removeprefix('timm/')}"
    snapshot = folder / "snapshots" / COMMIT
    for each in (folder / "blobs", folder / "refs", snapshot):
        each.mkdir(parents=True, exist_ok=True)
    (folder / "refs" / "main").write_text(COMMIT)
    blob = folder / "blobs" / file
    save_file(state, blob) if file.endswith(".safetensors") else torch.save(state, blob)
    (snapshot / file).symlink_to(blob)


@pytest.mark.parametrize("file", ["model.safetensors", "pytorch_model.bin"])
@pytest.mark.parametrize("name", ["resnet18", "vit_tiny_patch16_224"])
def test_published_weights_are_read_from_the_hubs_folder(hub, name, file) -> None:
    """Also those that were published in a format of their own: on the hub they are like all others."""
    net = timm.create_model(name)
    keep(hub, name, file, net.state_dict())
    trunk = clspec.compile(spec(name, 224, pretrained=", pretrained=true")).trunk.net
    assert all(torch.equal(value, net.state_dict()[key]) for key, value in trunk.state_dict().items())


@pytest.mark.parametrize(("kept", "snapshot"), [([], "main"), (["config.json"], COMMIT)])
def test_weights_that_are_missing_are_named_where_the_hubs_client_would_look(hub, kept, snapshot) -> None:
    for file in kept:
        keep(hub, "resnet18", file, {})
    mine = spec("resnet18", channels=1, pretrained=", pretrained=true")
    place = hub / "models--timm--resnet18.a1_in1k" / "snapshots" / snapshot / "model.safetensors"
    with pytest.raises(clspec.SpecError) as caught:
        clspec.compile(mine)
    assert str(place) in str(caught.value)
    place.parent.mkdir(parents=True, exist_ok=True)
    save_file(timm.create_model("resnet18").state_dict(), place)
    clspec.compile(mine)  # what was said to be missing there is found there


@pytest.mark.parametrize("other", [None, "resnet26"])
def test_a_published_file_that_is_spoilt_or_of_another_network_is_a_finding(hub, other) -> None:
    keep(hub, "resnet18", "model.safetensors", timm.create_model(other or "resnet18").state_dict())
    (file,) = hub.rglob("snapshots/*/model.safetensors")
    if other is None:
        file.resolve().write_bytes(b"cut off")
    with pytest.raises(clspec.SpecError) as caught:
        clspec.compile(spec("resnet18", pretrained=", pretrained=true"))
    (finding,) = caught.value.diagnostics
    assert (finding.code, finding.span.line) == ("CL212", 4)
    assert str(file) in finding.message and "does not fit resnet18" in finding.message


@pytest.mark.parametrize("name", ["resnet18", "levit_128s", "deit_tiny_distilled_patch16_224"])
def test_a_file_of_the_whole_network_fits_without_its_classifiers(tmp_path, name) -> None:
    """Of several, and of one with a norm of its own."""
    net = timm.create_model(name)
    torch.save(net.state_dict(), tmp_path / "weights.pth")
    trunk = clspec.compile(spec(name, 224), weights={"trunk": tmp_path / "weights.pth"}).trunk.net
    assert all(torch.equal(value, net.state_dict()[key]) for key, value in trunk.state_dict().items())


def test_taps() -> None:
    assert Timm(name="resnet18").tap("layer2", (image(3, 64, 64),)) == ("net.layer2", image(128, 8, 8))
