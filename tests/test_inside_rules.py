"""Rules on the inside of a backbone: what the forecast says is what the model does, batch-norm statistics included."""

from __future__ import annotations

import pytest
import torch

import clspec

torch.set_num_threads(1)
TEXT = """clspec 1
stream tasks = split(classes=6, experiences=3)
model Net {{
    input image(3, 32, 32)
    backbone trunk = {}
    head labels = incremental()
    {}
}}
"""
RESNET = 'pytorchcv("resnet20_cifar10")'
RULES = [
    (RESNET, "freeze trunk until stage2"),
    (RESNET, "freeze trunk until stage2.unit2"),
    (RESNET, "freeze trunk.stage2"),
    (RESNET, "freeze trunk.features.stage2.unit1.body"),
    (RESNET, "freeze trunk\n when experience 1 { unfreeze trunk from stage3.unit2 }"),
    (RESNET, "freeze trunk.stage2 until unit2"),
    (RESNET, "freeze trunk.features until stage2.unit2"),
    (RESNET, "freeze trunk.init_block, trunk.stage1\n when experience 2 { unfreeze trunk.stage1.unit3 }"),
    (RESNET, "when experience 1.. { reset trunk.stage3 }"),
    (RESNET, "freeze trunk until final_pool"),
    (RESNET, "freeze trunk until stage2.unit1.body"),
    (RESNET, "freeze trunk\n when experience 1 { unfreeze trunk from stage2.unit1.identity_conv }"),
    ("simple_cnn()", "freeze trunk until features.4"),
    ("simple_cnn()", "freeze trunk.0\n when experience 1 { freeze trunk; unfreeze trunk from features.8 }"),
    ("simple_mlp(layers=3)", "freeze trunk until features.3"),
    ("simple_mlp()", "freeze trunk.features"),
]


@pytest.mark.parametrize(("backbone", "rules"), RULES)
def test_the_forecast_of_a_share_is_what_trains(backbone, rules) -> None:
    spec = clspec.parse_string(TEXT.format(backbone, rules))
    model = clspec.compile(spec)
    rows = clspec.simulate(spec).to_dict()["experiences"]
    experiences = clspec.streams.split(classes=6, experiences=3)
    shares = set()
    for experience, row in zip(experiences, rows, strict=True):
        assert list(model.adaptation(experience).changes) == row["changes"]
        trains = sum(each.numel() for each in model.parameters() if each.requires_grad)
        assert (sum(each.numel() for each in model.parameters()), trains) == (row["parameters"], row["trainable"])
        shares.add(trains < row["parameters"])
    assert True in shares or "reset" in rules
    assert clspec.render(spec).source and clspec.render(spec, view="evolution").source


def test_what_is_frozen_inside_keeps_its_statistics_and_the_rest_does_not() -> None:
    model = clspec.compile(clspec.parse_string(TEXT.format(RESNET, "freeze trunk until stage2.unit1")))
    model.adaptation(clspec.Experience([0, 1]))
    before = {name: value.clone() for name, value in model.state_dict().items()}
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1, momentum=0.9, weight_decay=0.1)
    for _ in range(2):
        optimizer.zero_grad()
        model(torch.randn(4, 3, 32, 32)).sum().backward()
        optimizer.step()
    moved = {name for name, value in model.state_dict().items() if not torch.equal(value, before[name])}
    held = ("net.features.init_block", "net.features.stage1", "net.features.stage2.unit1")
    assert not any(name.startswith(tuple(f"trunk.{path}" for path in held)) for name in moved)
    for rest in ("stage2.unit2", "stage2.unit3", "stage3.unit1"):
        names = {name for name in before if name.startswith(f"trunk.net.features.{rest}.")}
        assert names and names <= moved


@pytest.mark.parametrize(
    ("rule", "last", "first"),
    [
        ("freeze trunk until stage2.unit1.body", "unit1.body.conv2", "unit2.body.conv1"),
        ("freeze trunk.stage2 until unit1.identity_conv", "unit1.identity_conv", "unit1.body.conv1"),
        ("freeze trunk.stage2.unit1 until body.conv1", "unit1.body.conv1", "unit1.body.conv2"),
        ("freeze trunk.stage2\n unfreeze trunk from stage2.unit1.body", "unit1.identity_conv", "unit1.body.conv1"),
    ],
)
def test_bounds_follow_the_forward_where_it_is_not_the_order_of_registration(rule, last, first) -> None:
    """The shortcut of a block runs before its body, and is registered after it."""
    model = clspec.compile(clspec.parse_string(TEXT.format(RESNET, rule)))
    as_run = ("unit1.identity_conv", "unit1.body.conv1", "unit1.body.conv2", "unit2.body.conv1", "unit2.body.conv2")
    stage = model.trunk.net.features.stage2
    trains = [all(each.requires_grad for each in stage.get_submodule(path).parameters()) for path in as_run]
    assert trains == [False] * (as_run.index(last) + 1) + [True] * (len(as_run) - as_run.index(first))


def test_a_part_of_a_backbone_is_drawn_anew_by_reset() -> None:
    model = clspec.compile(clspec.parse_string(TEXT.format(RESNET, "when experience 1 { reset trunk.stage3 }")))
    model.adaptation(clspec.Experience([0, 1]))
    before = {name: value.clone() for name, value in model.trunk.named_parameters()}
    model.adaptation(clspec.Experience([2, 3]))
    moved = {name for name, value in model.trunk.named_parameters() if not torch.equal(value, before[name])}
    assert moved and all(name.startswith("net.features.stage3.") for name in moved)


def test_the_same_inside_two_uses_of_a_model() -> None:
    text = f"""clspec 1
model Body {{ input image(3, 32, 32)
    backbone trunk = {RESNET}
    freeze trunk.stage1
}}
model Net {{ input image(3, 32, 32)
    backbone a = Body()
    backbone b = Body() from x
    head labels = incremental() from a
    head more = incremental() from b
    freeze b.trunk.stage2
}}
"""
    model = clspec.compile(clspec.parse_string(text))

    def frozen(part):
        return {name.split(".")[2] for name, each in part.named_parameters() if not each.requires_grad}

    assert (frozen(model.a.trunk), frozen(model.b.trunk)) == ({"stage1"}, {"stage1", "stage2"})


def test_inside_of_a_backbone_whose_input_is_not_known_yet() -> None:
    text = """clspec 1
model Body { input features()
    backbone trunk = simple_mlp()
    freeze trunk.features.0
}
model Net { input features(4)
    backbone a = Body()
    head labels = incremental()
}
"""
    assert clspec.check(clspec.parse_string(text)) == []
    model = clspec.compile(clspec.parse_string(text), model="Net")
    assert not any(each.requires_grad for each in model.a.parameters())
    assert clspec.check(clspec.parse_string(text), model="Body") == []
