"""What lies inside a list of layers is known without torch, and is what torch finds there."""

from __future__ import annotations

import pytest

import clspec
from clspec.components.sequence import SequenceOf
from clspec.driver import analyse
from clspec.ir.shapes import Shape
from clspec.probe import probe

BODY = """model Body { input features()
    neck a = [linear(3), relu()]
    neck b = relu()
    neck both = concat() from a, b
    neck never = linear(4) from a
    output both
}
"""
LISTS = [
    ("image(3, 8, 8)", "[conv(8, 3), batch_norm(), relu(), conv(4, 2), residual([conv(4, 3), gelu()]), avg_pool()]"),
    ("image(3, 8, 8)", "[residual(conv(3, 3)), residual([conv(3, 2)]), max_pool(2), dropout(0.1), flatten(), tanh()]"),
    ("image(1, 8, 8)", "[pad(1), resize(9, 9), repeat_channels(3), batch_renorm(), avg_pool(2), flatten()]"),
    ("features(16)", "[layer_norm(), residual([[linear(16)]]), normalize(), linear(3, bias=false)]"),
    ("sequence(4, 5)", "[linear(3), layer_norm(), max_pool(), relu()]"),
]


def backbone_of(text: str, model: str | None = None) -> tuple[SequenceOf, tuple[Shape, ...]]:
    analysis = analyse(clspec.parse_string(text), model)
    part = analysis.model.part("trunk")
    assert part is not None and isinstance(part.component, SequenceOf)
    return part.component, analysis.flow.inputs["trunk"]


@pytest.mark.parametrize(("input_", "layers"), LISTS)
def test_contents_are_what_torch_finds(input_, layers) -> None:
    component, inputs = backbone_of(
        f"clspec 1\nmodel Net {{ input {input_}\n backbone trunk = {layers}\n neck last = relu() }}"
    )
    contents, seen = component.contents(inputs), probe(component.constructor(inputs), inputs)
    assert contents is not None
    assert tuple(each.path for each in contents) == seen.paths
    assert {each.path: each.shape for each in contents} == seen.gives
    assert tuple((each.path, each.parameters) for each in contents if each.parameters is not None) == seen.inside


def test_a_model_in_a_list_has_its_parts_inside() -> None:
    text = f"clspec 1\n{BODY}model Net {{ input features(4)\n backbone trunk = [Body(), relu()]\n"
    text += " neck tapped = relu() from trunk.0.a\n head labels = incremental()\n freeze trunk.0.a.0 }\n"
    component, inputs = backbone_of(text, "Net")
    contents = component.contents(inputs)
    assert contents is not None
    model = clspec.compile(clspec.parse_string(text), model="Net")
    assert [each.path for each in contents] == [path for path, _ in model.trunk.named_modules() if path]
    for each in contents:
        if each.parameters is not None:
            held = sum(parameter.numel() for parameter in model.trunk.get_submodule(each.path).parameters())
            assert held == each.parameters, each.path
    assert [each.path for each in contents if each.shape is None] == ["0.never"]
    frozen = [name for name, each in model.named_parameters() if not each.requires_grad]
    assert frozen == ["trunk.0.a.0.weight", "trunk.0.a.0.bias"]


def test_a_part_that_never_runs_cannot_be_read() -> None:
    text = f"clspec 1\n{BODY}model Net {{ input features(4)\n backbone trunk = [Body(), relu()]\n"
    text += " neck tapped = relu() from trunk.0.never }\n"
    (finding,) = clspec.check(clspec.parse_string(text))
    assert finding.code == "CL116" and "no single tensor when it runs" in finding.message
