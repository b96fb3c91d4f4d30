"""The built-in backbones: what is said of them without torch, against the modules themselves."""

from __future__ import annotations

import pytest
import torch

import clspec
from clspec.components.growing import Size
from clspec.driver import analyse
from clspec.experience import Experience
from tests.test_catalogue import held

torch.set_num_threads(1)
ANY = [(1, 1, 1), (3, 32, 32), (2, 7, 10)]
BACKBONES = {
    "simple_mlp()": ANY,
    "simple_mlp(hidden=20, layers=3, dropout=0.1)": ANY,
    "simple_mlp_tiny_imagenet()": [*ANY, (3, 64, 64)],
    "mlp([20])": ANY,
    "mlp([20, 7, 5], dropout=0.2)": ANY,
    "simple_cnn()": [(3, 32, 32), (1, 10, 10), (4, 13, 28)],
    "lenet5()": [(1, 32, 32), (3, 35, 33), (2, 64, 50)],
    "mobilenet_v1()": [*ANY, (3, 128, 128)],
    "slim_resnet18()": ANY,
    "slim_resnet18(features=3)": ANY,
    "resnet32()": ANY,
}
LEAST = {"simple_cnn()": 10, "lenet5()": 32}
EACH = [(backbone, shape) for backbone, shapes in BACKBONES.items() for shape in shapes]


def analysed(backbone: str, shape: tuple[int, ...], rules: str = ""):
    image = ", ".join(map(str, shape))
    text = f"clspec 1\nmodel Net {{\n input image({image})\n backbone trunk = {backbone}\n head h = incremental()\n"
    return analyse(clspec.parse_string(f"{text} {rules}\n}}"))


@pytest.mark.parametrize(("backbone", "shape"), EACH)
def test_shapes_and_sizes_are_those_of_the_module(backbone, shape) -> None:
    analysis = analysed(backbone, shape)
    kind = next(part.component for part in analysis.model.parts if part.name == "trunk")
    trunk = clspec.compile(analysis.spec).trunk
    assert analysis.sizes["trunk"] == held(trunk, kind)
    for training in (True, False):
        assert trunk.train(training)(torch.randn(2, *shape)).shape == (2, *analysis.flow.outputs["trunk"].sizes)


@pytest.mark.parametrize("backbone", BACKBONES)
def test_every_layer_is_in_a_stage_in_forward_order(backbone) -> None:
    """Else `until` would leave something out, or the forecast would not count it."""
    shape = BACKBONES[backbone][0]
    analysis = analysed(backbone, shape)
    size, trunk = analysis.sizes["trunk"], clspec.compile(analysis.spec).trunk.eval()
    assert isinstance(size, Size)
    assert sum(count for _, count in size.inside) == size.parameters
    stages = [path for path, _ in size.inside]
    ran: list[str] = []
    for path, module in trunk.named_modules():
        if not list(module.children()):
            inside = [stage for stage in stages if f"{path}.".startswith(f"{stage}.")]
            assert len(inside) == 1, path
            module.register_forward_hook(lambda *_, stage=inside[0]: ran.append(stage))
    trunk(torch.randn(2, *shape))
    assert list(dict.fromkeys(ran)) == stages
    assert ran == sorted(ran, key=stages.index)


@pytest.mark.parametrize(("backbone", "least"), LEAST.items())
def test_the_least_image_is_taken_and_a_smaller_one_refused(backbone, least) -> None:
    model = clspec.compile(analysed(backbone, (3, least, least)).spec)
    for shape in ((3, least - 1, least), (3, least, least - 1)):
        with pytest.raises(RuntimeError):
            model.trunk(torch.randn(2, *shape))
        image = ", ".join(map(str, shape))
        spec = clspec.parse_string(f"clspec 1\nmodel Net {{ input image({image})\n backbone trunk = {backbone} }}")
        (found,) = clspec.check(spec)
        assert found.code == "CL301"
        assert found.help == f"the least image it can take is {least}×{least}"


@pytest.mark.parametrize(
    ("backbone", "stage"),
    [
        ("simple_mlp(hidden=20, layers=3)", "features.3"),
        ("simple_mlp_tiny_imagenet()", "features.0"),
        ("mlp([20, 7, 5], dropout=0.2)", "features.5"),
        ("mlp([20, 7])", "2"),
        ("simple_cnn()", "features.6"),
        ("simple_cnn()", "features.5"),
        ("lenet5()", "features.10"),
        ("mobilenet_v1()", "features.20"),
        ("slim_resnet18(features=3)", "stage2"),
        ("resnet32()", "stem"),
        ("resnet32()", "stage3"),
        ("resnet32()", "pool"),
    ],
)
def test_it_freezes_to_a_stage_as_forecast(backbone, stage) -> None:
    """What is frozen has no gradient, and its batch-norm statistics and dropout stand still in train mode too."""
    rules = f"freeze trunk until {stage}\n when experience 1 {{ unfreeze trunk from {stage} }}"
    analysis = analysed(backbone, (3, 32, 32), rules)
    model = clspec.compile(analysis.spec)
    stages = [path for path, _ in analysis.sizes["trunk"].inside]
    last = next(number for number, path in enumerate(stages) if f".{path}".endswith(f".{stage}"))
    stream = [Experience([2 * number, 2 * number + 1], index=number) for number in range(2)]
    for experience, row in zip(stream, clspec.simulate(analysis.spec, stream).rows, strict=True):
        assert model.adaptation(experience).changes == row.changes
        assert sum(p.numel() for p in model.parameters() if p.requires_grad) == row.trainable
        boundary = last if row.experience else last + 1
        frozen, free = stages[:boundary], stages[boundary:]
        before = {name: buffer.clone() for name, buffer in model.trunk.named_buffers()}
        model(torch.randn(4, 3, 32, 32)).sum().backward()
        moved = {name for name, buffer in model.trunk.named_buffers() if not torch.equal(buffer, before[name])}
        assert moved == {name for name in before if within(name, free)}
        for name, parameter in model.trunk.named_parameters():
            assert (parameter.grad is not None) is within(name, free)
            assert within(name, free) is not within(name, frozen)
        for path in stages:
            assert all(each.training is (path in free) for each in model.trunk.get_submodule(path).modules())


def within(name: str, stages: list[str]) -> bool:
    return any(name.startswith(f"{stage}.") for stage in stages)


def test_a_stage_that_is_not_there_is_named() -> None:
    text = "clspec 1\nmodel Net {{ input image(3, 32, 32)\n backbone trunk = {}\n freeze trunk until {} }}"
    (found,) = clspec.check(clspec.parse_string(text.format("resnet32()", "stage4")))
    assert (found.code, found.help) == (
        "CL401",
        'did you mean "stage3"?; there are: stem, stage1, stage2, stage3, pool',
    )
    (found,) = clspec.check(clspec.parse_string(text.format("mlp([3, 4])", "features.4")))
    assert (found.code, found.message) == ("CL401", '"features.4" is no submodule of mlp')


def test_features_of_resnet32_may_be_negative() -> None:
    """Its last block has no relu, as iCaRL and LUCIR want it."""
    answer = clspec.compile(analysed("resnet32()", (3, 32, 32)).spec).trunk.eval()(torch.randn(4, 3, 32, 32))
    assert answer.min() < 0 < answer.max()
