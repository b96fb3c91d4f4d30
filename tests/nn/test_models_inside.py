"""Models inside components: items of lists, members a task, each a class of its own in the generated module."""

import copy
import pickle

import pytest
import torch
from torch import nn

import clspec
from clspec.streams import split

SPEC = """clspec 1
model Adapter(width=3) {{
    input features()
    neck down = linear(width)
    neck up = [relu(), linear(4)]
}}
model Net {{
    input features(4)
    neck a = {}
    head h = incremental()
}}
"""
X = torch.linspace(-1, 1, 12).reshape(3, 4)


def spec(part):
    return clspec.parse_string(SPEC.format(part))


def widths(module):
    return [layer.out_features for layer in module.modules() if isinstance(layer, nn.Linear)]


def test_an_item_of_a_list_is_the_model():
    model = clspec.compile(spec("[linear(5), Adapter(2), Adapter, relu()]"), seed=1)
    assert widths(model.a) == [5, 2, 4, 3, 4]
    alone = clspec.compile(spec("Adapter(2)"), seed=1)
    assert type(alone.a).__name__ == "Adapter"
    first = model.a[1]
    hidden = model.a[0](X)
    assert torch.equal(first(hidden), first.up(first.down(hidden)))
    assert torch.equal(model(X), model.h(model.a(X)))


def test_each_task_gets_a_model_of_its_own():
    model = clspec.compile(spec("per_task(Adapter(2))"), seed=1)
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
    for number, experience in enumerate(split(classes=6, experiences=3, task_labels=True)):
        changes = model.adaptation(experience, optimizer=optimizer).changes
        assert len(model.a.members) == number + 1, changes
    members = list(model.a.members.values()) if isinstance(model.a.members, nn.ModuleDict) else list(model.a.members)
    assert len({id(parameter) for parameter in model.a.parameters()}) == 12
    assert not torch.equal(members[0].down.weight, members[1].down.weight)
    for task, member in enumerate(members):
        assert torch.equal(model.a(X, task), member(X))
    mixed = model.a(X, torch.tensor([2, 0, 1]))
    assert torch.allclose(
        mixed, torch.stack([members[task](X[row : row + 1])[0] for row, task in enumerate((2, 0, 1))])
    )


def test_what_is_inside_is_frozen_and_counted_with_the_part():
    text = SPEC.format("per_task([Adapter(2), Adapter(5)])").replace("head h", "freeze a[:-1]\n    head h")
    parsed = clspec.parse_string(text.replace("freeze a[:-1]", "when new_task { freeze a[:-1] }"))
    model = clspec.compile(parsed)
    for experience, row in zip(
        stream := split(classes=4, experiences=2, task_labels=True), clspec.simulate(parsed, stream).rows, strict=True
    ):
        model.adaptation(experience)
        assert sum(each.numel() for each in model.parameters()) == row.parameters
        assert sum(each.numel() for each in model.parameters() if each.requires_grad) == row.trainable


@pytest.mark.parametrize("part", ["[linear(5), Adapter(2), relu()]", "per_task(Adapter)", "per_task([Adapter, relu])"])
def test_it_is_copied_pickled_compiled_exported_and_saved(part, tmp_path):
    model = clspec.compile(spec(part), seed=1)
    model.adaptation(split(classes=4, experiences=2, task_labels=True)[0])
    model.eval()
    given = (X, 0) if model.NEEDS_TASK_LABELS else (X,)
    expected = model(*given)
    clspec.save_checkpoint(model, tmp_path / "model")
    others = (
        copy.deepcopy(model), pickle.loads(pickle.dumps(model)), clspec.load_checkpoint(tmp_path / "model")[0].eval(),
    )  # fmt: skip
    for other in others:
        assert torch.equal(other(*given), expected)
    torch._dynamo.reset()
    assert torch.equal(torch.compile(model, fullgraph=True, backend="eager")(*given), expected)
    assert torch.equal(torch.export.export(model, given).module()(*given), expected)


@pytest.mark.parametrize(
    ("inner", "said"),
    [
        ("head h = incremental()", "Inner adapts"),
        ("neck n = linear(3)\n freeze n", "Inner adapts"),
        ("neck n = per_task(linear(3))", "Inner adapts"),
        ("head h = train_eval(linear(2), nearest_mean())", "Inner adapts"),
        ("neck n = linear(3)\n require parameters <= 100", "Inner has budgets"),
        ("neck n = linear(3)\n neck m = linear(3) from x", "Inner gives 2 outputs"),
        ("input y = features(3)\n neck n = linear(3)", "Inner has 2 inputs"),
    ],
)
@pytest.mark.parametrize("part", ["[Inner, relu]", "per_task(Inner)"])
def test_a_model_that_needs_a_node_of_its_own(inner, said, part):
    text = f"clspec 1\nmodel Inner {{ input features()\n {inner} }}\n"
    text += f"model Net {{ input features(4)\n neck a = {part}\n head h = linear(2) }}\n"
    (finding,) = clspec.check(clspec.parse_string(text))
    assert (finding.code, finding.span.text) == ("CL206", "Inner")
    assert finding.message.startswith(said)


def test_a_shape_that_does_not_fit_inside_is_told_with_its_place():
    assert clspec.check(spec("[flatten(), Adapter]")) == []
    for inside, code, place in (("features()", "CL301", "s.clspec:3: "), ("image(1, 2, 2)", "CL302", "s.clspec:4: ")):
        text = SPEC.format("[Adapter, relu]").replace("features(4)", "image(1, 2, 2)").replace("features()", inside)
        (finding,) = clspec.check(clspec.parse_string(text, name="s.clspec"), model="Net")
        assert (finding.code, finding.span.text) == (code, "Adapter")
        assert "in Adapter" in finding.message and finding.help.startswith(place)


def test_a_model_inside_itself_is_a_ring():
    text = "clspec 1\nmodel Net { input features(4)\n neck a = [linear(3), Net(), relu()]\n head h = linear(2) }\n"
    (finding,) = clspec.check(clspec.parse_string(text))
    assert (finding.code, finding.span.text) == ("CL104", "Net")
