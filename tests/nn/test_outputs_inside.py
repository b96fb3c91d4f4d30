"""Outputs by mode inside models and groups: the right one is given, and what only the other needs is not computed."""

import pytest
import torch

import clspec

SPEC = """clspec 1
model Answers {
    input features()
    neck body = linear(6)
    head fast = linear(3) from body
    head slow = linear(3) from body
    output fast in train
    output slow in eval
}
model Net {
    input features(4)
    head nested = Answers()
    group g from x {
        neck noisy = [linear(5), dropout(0.5)]
        neck plain = linear(5) from x
        head one = linear(2) from noisy
        head two = linear(2) from plain
        output one in train
        output two in eval
    }
}
"""
X = torch.linspace(-1, 1, 12).reshape(3, 4)


def compiled(text=SPEC):
    return clspec.compile(clspec.parse_string(text), seed=1)


def runs_of(model, x):
    """The parts that a forward runs."""
    ran = []
    hooks = [
        module.register_forward_hook(lambda *_, name=name: ran.append(name)) for name, module in model.named_modules()
    ]
    model(x)
    for hook in hooks:
        hook.remove()
    return set(ran)


def test_each_mode_gives_its_own_and_computes_no_more():
    model = compiled()
    assert torch.equal(model(X)["nested"], model.nested.fast(model.nested.body(X)))
    ran = runs_of(model, X)
    assert {"nested.fast", "g.one", "g.noisy"} <= ran and not {"nested.slow", "g.two", "g.plain"} & ran
    model.eval()
    assert torch.equal(model(X)["nested"], model.nested.slow(model.nested.body(X)))
    assert torch.equal(model(X)["g"], model.g.two(model.g.plain(X)))
    ran = runs_of(model, X)
    assert {"nested.slow", "g.two", "g.plain"} <= ran and not {"nested.fast", "g.one", "g.noisy"} & ran


def test_a_part_in_its_own_mode_answers_by_it():
    model = compiled()
    model.nested.eval()
    assert torch.equal(model(X)["nested"], model.nested.slow(model.nested.body(X)))


@pytest.mark.parametrize("training", [True, False])
def test_it_compiles_whole_and_exports(training):
    model = compiled().train(training)
    model.g.noisy[1].p = 0.0
    expected = model(X)
    torch._dynamo.reset()
    for fast in (torch.compile(model, fullgraph=True, backend="eager"), torch.export.export(model, (X,)).module()):
        given = fast(X)
        assert list(given) == list(expected) and all(torch.equal(given[key], expected[key]) for key in expected)


@pytest.mark.parametrize("where", ["slow = linear(3) from body", "two = linear(2) from plain"])
def test_both_modes_give_one_shape(where):
    text = SPEC.replace(where, where.replace("linear(3)", "linear(4)").replace("linear(2)", "linear(4)"))
    (finding,) = clspec.check(clspec.parse_string(text))
    assert (finding.code, finding.span.text.startswith("output")) == ("CL301", True)
    assert "in train mode" in finding.message and "in eval mode" in finding.message


def test_a_mode_that_no_statement_names_gives_what_it_would_without():
    model = compiled(
        SPEC.replace("    output slow in eval\n", "").replace("from body\n    output", "from fast\n    output")
    )
    assert torch.equal(model(X)["nested"], model.nested.fast(model.nested.body(X)))
