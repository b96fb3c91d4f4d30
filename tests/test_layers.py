"""Every layer on every shape: what `check` infers and counts is what the built module gives and holds."""

from __future__ import annotations

import pytest
import torch

import clspec
from clspec.components import registry
from clspec.driver import analyse
from clspec.experience import Experience

torch.set_num_threads(1)
IMAGE, VECTORS, SEQUENCE = "image(3, 9, 7)", "features(6)", "sequence(5, 4)"
LAYERS = {
    IMAGE: [
        "pad(2)",
        "resize(4, 12)",
        "repeat_channels(3)",
        "conv(4, 3)",
        "conv(4, 2)",
        "conv(4, 3, 2)",
        "conv(4, 4, 3)",
        "conv(4, 3, 2, 1)",
        'conv(4, 3, 2, "valid")',
        "conv(4, 11)",
        "batch_norm()",
        "batch_renorm()",
        "relu()",
        "gelu()",
        "tanh()",
        "dropout()",
        "normalize()",
        "flatten()",
        "avg_pool()",
        "avg_pool(2)",
        "max_pool()",
        "max_pool(3)",
        "mlp([4, 3])",
        "residual([conv(5, 3), [batch_renorm(), gelu()], conv(3, 1)])",
        "residual(residual(conv(3, 3)))",
        "[[conv(4, 3), [relu()]], max_pool()]",
    ],
    VECTORS: [
        "linear(3)",
        "batch_norm()",
        "batch_renorm()",
        "layer_norm()",
        "relu()",
        "gelu()",
        "tanh()",
        "dropout()",
        "normalize()",
        "flatten()",
        "mlp([4])",
        "residual([linear(3), tanh(), linear(6, bias=false)])",
        "residual(layer_norm())",
        "[[linear(3), [layer_norm()]], relu()]",
    ],
    SEQUENCE: [
        "linear(3)",
        "linear(3, bias=false)",
        "layer_norm()",
        "relu()",
        "gelu()",
        "tanh()",
        "dropout()",
        "normalize()",
        "flatten()",
        "avg_pool()",
        "avg_pool(2)",
        "max_pool()",
        "max_pool(2)",
        "mlp([4, 3])",
        "residual([linear(3), linear(4)])",
        "[avg_pool(2), [linear(3), max_pool()]]",
    ],
}
EACH = [(input, layer) for input, layers in LAYERS.items() for layer in layers]
each_layer = pytest.mark.parametrize(("input", "layer"), EACH, ids=[f"{layer} on {input}" for input, layer in EACH])


def spec_of(input: str, layer: str, rules: str = "") -> clspec.Spec:
    return clspec.parse_string(f"clspec 1\nmodel Net {{ input {input}\n neck layer = {layer}\n {rules} }}")


@each_layer
@pytest.mark.parametrize("around", ["{}", "per_task({})", "[{}, relu()]"])
def test_shapes_and_counts_are_those_of_the_module(input, layer, around) -> None:
    spec = spec_of(input, around.format(layer))
    analysis = analyse(spec)
    (shape,) = [analysis.flow.outputs[name] for name in analysis.wiring.inputs[""]]
    model = clspec.compile(spec)
    labels = [0] if model.NEEDS_TASK_LABELS else []
    x = torch.randn(2, *shape.sizes)
    assert tuple(model(x, *labels).shape) == (2, *analysis.flow.outputs["layer"].sizes)
    (row,) = clspec.simulate(spec, [Experience([0])]).rows
    tensors = [*model.parameters(), *model.buffers()]
    assert sum(each.numel() for each in model.parameters()) == row.parameters
    assert sum(each.numel() * each.element_size() for each in tensors) == row.memory


@each_layer
def test_a_frozen_layer_stands_still_in_train_mode(input, layer) -> None:
    model = clspec.compile(spec_of(input, layer, "freeze layer")).train()
    x = 5 + torch.randn(2, *model.INPUTS["x"])
    before = {name: value.clone() for name, value in model.state_dict().items()}
    first, second = model(x), model(x)
    assert torch.equal(first, second)  # no dropout, no statistics on the way
    assert all(torch.equal(value, before[name]) for name, value in model.state_dict().items())
    assert not any(parameter.requires_grad for parameter in model.parameters())


@each_layer
def test_it_is_drawn_and_says_what_it_is(input, layer) -> None:
    kind = layer.strip("[").partition("(")[0].replace("_", " ")
    assert kind in clspec.render(spec_of(input, layer)).source


def test_members_around_a_residual_share_nothing() -> None:
    model = clspec.compile(spec_of(VECTORS, "per_task(residual([linear(6), batch_renorm(), [linear(6)]]))"))
    for task in range(2):
        model.adaptation(Experience([0], [task]))
    one, other = model.layer.members
    assert not {id(each) for each in one.modules()} & {id(each) for each in other.modules()}
    assert not any(torch.equal(one[0].weight, other[0].weight) for one, other in [(one, other)])


def test_a_reset_starts_the_statistics_over() -> None:
    rule = "when experience 1 { reset layer }"
    model = clspec.compile(spec_of(VECTORS, "residual([linear(6), batch_renorm()])", rule))
    model.adaptation(Experience([0], index=0))
    model(3 + torch.randn(8, 6))
    assert int(model.layer[1].samples_seen) == 8
    model.adaptation(Experience([1], index=1))
    assert int(model.layer[1].samples_seen) == 0
    assert model.layer[1].running_mean.abs().sum() == 0


# ---- inputs


def test_a_batch_of_a_sequence_has_its_sizes() -> None:
    model = clspec.compile(spec_of(SEQUENCE, "linear(3)"))
    assert model(torch.zeros(2, 5, 4)).shape == (2, 5, 3)
    with pytest.raises(ValueError, match=r"x: the input must be \(batch, 5, 4\), not \(2, 4, 5\)"):
        model(torch.zeros(2, 4, 5))


TOKENS = """clspec 1
model Net {
    input text = tokens(length=5, vocabulary=100)
    input features(3)
    head h = linear(2)
}"""


def test_a_batch_of_tokens_is_integers() -> None:
    model = clspec.compile(clspec.parse_string(TOKENS))
    x = torch.zeros(2, 3)
    for dtype in (torch.int64, torch.int32, torch.uint8):
        assert model(torch.zeros(2, 5, dtype=dtype), x).shape == (2, 2)
    with pytest.raises(TypeError, match=r"text: token ids must be integers, not torch\.float32"):
        model(torch.zeros(2, 5), x)
    with pytest.raises(ValueError, match=r"text: the input must be \(batch, 5\), not \(2, 4\)"):
        model(torch.zeros(2, 4, dtype=torch.int64), x)


def test_every_neck_answers_to_every_shape() -> None:
    """A layer on a shape that it was not made for is a finding with a way out, never a crash."""
    arguments = {"linear": "3", "conv": "3, 1", "resize": "3, 3", "pad": "1", "repeat_channels": "2", "mlp": "[3]"}
    for kind in (
        name for name, each in registry().items() if name.isidentifier() and {"neck", "head"} & set(each.roles)
    ):
        if {"per_task", "residual", "train_eval", "concat", "add", "mean"} & {kind}:
            continue  # they are what is in them; merges take several sources
        role = "neck" if "neck" in registry()[kind].roles else "head"
        for input in (IMAGE, VECTORS, SEQUENCE, "tokens(5, 100)"):
            text = f"clspec 1\nmodel Net {{ input {input}\n {role} layer = {kind}({arguments.get(kind, '')}) }}"
            for finding in clspec.check(clspec.parse_string(text)):
                assert finding.code in ("CL301", "CL302") and finding.help, (kind, input)
