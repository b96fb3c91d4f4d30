"""Merges: several sources made one, as torch modules and as parts of a spec."""

import copy
import pickle

import pytest
import torch

import clspec
from clspec.nn import Add, Concat, Mean

A, B = torch.arange(6.0).reshape(2, 3), torch.ones(2, 3)
SPEC = """clspec 1
model Net {{
    input a = {first}
    input b = {second}
    neck merged = {merge} from {sources}
    neck last = {last}
}}
"""


def compiled(merge, first="features(3)", second="features(3)", sources="a, b", last="relu()"):
    text = SPEC.format(merge=merge, first=first, second=second, sources=sources, last=last)
    return clspec.compile(clspec.parse_string(text))


def test_what_each_merge_gives():
    assert torch.equal(Concat()(A, B), torch.cat([A, B], dim=1))
    assert torch.equal(Add()(A, B, B), A + 2)
    assert torch.equal(Mean()(A, B, B), (A + 2) / 3)
    for merge in (Concat(), Add(), Mean()):
        assert torch.equal(merge(A), A)


@pytest.mark.parametrize("merge", [Add(), Mean()])
def test_nothing_is_broadcast(merge):
    for other in (torch.ones(2, 1), torch.ones(1, 3), torch.ones(3), torch.ones(())):
        with pytest.raises(ValueError, match="one shape"):
            merge(A, other)
    with pytest.raises(RuntimeError):
        Concat()(A, torch.ones(3, 3))


def test_sources_are_joined_in_the_order_they_are_named():
    assert torch.equal(compiled("concat()", sources="b, a")(A, B), torch.cat([B, A], dim=1))
    assert torch.equal(compiled("concat()", sources="a, b, a")(A, B), torch.cat([A, B, A], dim=1))


def test_maps_are_joined_by_their_channels():
    one, two = torch.rand(2, 3, 4, 5), torch.rand(2, 1, 4, 5)
    model = compiled("concat()", "image(3, 4, 5)", "image(1, 4, 5)")
    assert torch.equal(model(one, two), torch.cat([one, two], dim=1))
    assert compiled("concat()", "image(3, 4, 5)", "image(1, 4, 5)", last="[flatten(), linear(2)]")(one, two).shape == (
        2,
        2,
    )


@pytest.mark.parametrize(
    ("merge", "first", "second"),
    [
        ("concat()", "image(3, 4, 5)", "image(3, 5, 4)"),
        ("concat()", "image(3, 4, 5)", "features(60)"),
        ("add()", "features(3)", "features(4)"),
        ("mean()", "image(3, 4, 5)", "image(1, 4, 5)"),
    ],
)
def test_sources_that_do_not_fit_are_told_before_anything_is_built(merge, first, second):
    with pytest.raises(clspec.SpecError) as caught:
        compiled(merge, first, second)
    (finding,) = caught.value.diagnostics
    assert (finding.code, finding.span.text) == ("CL301", merge)
    assert "bring them to one" in finding.help
    assert [related.span.text for related in finding.related] == ["a", "b"]


def test_gradients_are_shared_as_the_merge_says():
    for merge, share in ((Add(), 1.0), (Mean(), 0.5), (Concat(), 1.0)):
        one, two = A.clone().requires_grad_(), B.clone().requires_grad_()
        merge(one, two).sum().backward()
        assert one.grad.unique().tolist() == two.grad.unique().tolist() == [share]


@pytest.mark.parametrize("merge", ["concat()", "add()", "mean()"])
def test_merges_are_copied_compiled_and_exported(merge):
    model = compiled(merge)
    expected = model(A, B)
    for other in (copy.deepcopy(model), pickle.loads(pickle.dumps(model))):
        assert torch.equal(other(A, B), expected)
    torch._dynamo.reset()
    assert torch.equal(torch.compile(model, fullgraph=True, backend="eager")(A, B), expected)
    assert torch.equal(torch.export.export(model, (A, B)).module()(A, B), expected)


def test_a_group_of_several_sources_is_merged_by_its_first_node():
    text = """clspec 1
model Net {
    input a = features(3)
    input b = features(4)
    group g from b, a {
        neck joined = concat()
        neck last = linear(2)
    }
}
"""
    model = clspec.compile(clspec.parse_string(text))
    assert torch.equal(model(A, torch.ones(2, 4)), model.g.last(torch.cat([torch.ones(2, 4), A], dim=1)))
