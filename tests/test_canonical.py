"""One spelling of every call: specs that say the same are equal, however and in whichever syntax they say it."""

from __future__ import annotations

import pytest

import clspec
from clspec import rewriting
from clspec.source import SourceFile

NET = """clspec 1
stream it = {stream}
model Inner(width=4, drop=0.5) {{ input features()
 neck body = [linear(width), dropout(drop)] }}
model Net {{ input {input}
 backbone b = mlp([8, 9])
 neck a = {neck}
 head h = {head} }}
"""
USUAL = {
    "stream": "split(classes=4, experiences=2)",
    "input": "features(size=5)",
    "neck": "linear(features=4, bias=false)",
    "head": "per_task(of=incremental(initial=2, masking=true))",
}


def spec(**said):
    return clspec.parse_string(NET.format(**{**USUAL, **said}))


@pytest.mark.parametrize(
    "said",
    [
        {"stream": "split(4, 2)"},
        {"stream": "split(experiences=2, classes=4)"},
        {"input": "features(5)"},
        {"input": "x = features(5)"},
        {"neck": "linear(4, false)"},
        {"neck": "linear(4, bias=false)"},
        {"neck": "linear(bias=false, features=4)"},
        {"head": "per_task(incremental(2, true))"},
        {"head": "per_task(incremental(masking=true, initial=2))"},
    ],
)
def test_a_call_may_be_spelled_in_many_ways(said) -> None:
    assert spec(**said) == spec()


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("[relu, linear(4)]", "[relu(), linear(features=4)]"),
        ("[Inner, relu]", "[Inner(), relu()]"),
        ("Inner", "Inner()"),
        ("Inner(4, 0.5)", "Inner(drop=0.5, width=4)"),
        ("per_task([linear(3), relu])", "per_task(of=[linear(features=3), relu()])"),
    ],
)
def test_a_bare_name_is_a_call(one, other) -> None:
    assert spec(neck=one) == spec(neck=other)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("linear(4)", "linear(5)"),
        ("linear(4)", "linear(4, true)"),  # what stands in the text counts, not what it means by default
        ("[linear(4), relu()]", "[relu(), linear(4)]"),
        ("mlp([8, 9])", "mlp([9, 8])"),
        ("Inner(4)", "Inner(drop=4)"),
    ],
)
def test_what_differs_stays_different(one, other) -> None:
    assert spec(neck=one) != spec(neck=other)


def test_a_parameter_is_no_call() -> None:
    text = "clspec 1\nmodel Net(relu=4) { input features(5)\n neck a = linear(relu) }\n"
    assert clspec.check(clspec.parse_string(text)) == []
    assert "out_features=4" in clspec.emit(clspec.parse_string(text))


def test_what_is_wrong_is_told_at_the_written_place() -> None:
    for call, code, marked in (
        ("linear(4, true, 6)", "CL205", "6"),
        ("linear(4, features=5)", "CL207", "features=5"),
        ("linear(wdth=4)", "CL201", "wdth"),
        ('linear("four")', "CL203", '"four"'),
        ("unknown(1, two=2)", "CL110", "unknown"),
    ):
        (finding,) = clspec.check(spec(neck=call))
        assert finding.span is not None and (finding.code, finding.span.text) == (code, marked)


def test_a_used_models_arguments_are_named_too() -> None:
    used = {"b.clspec": "clspec 1\nmodel Inner(width=4, drop=0.5) { input features()\n neck a = linear(width) }\n"}
    text = 'clspec 1\nuse "b.clspec"\nmodel Net {{ input features(5)\n neck a = {}\n head h = incremental() }}\n'
    specs = [
        clspec.parse_string(text.format(call), used=used)
        for call in ("b.Inner(3, 0.1)", "b.Inner(drop=0.1, width=3)", "b.Inner(3, drop=0.1)")
    ]
    assert specs[0] == specs[1] == specs[2]
    assert clspec.parse_string(text.format("b.Inner"), used=used) == clspec.parse_string(
        text.format("b.Inner()"), used=used
    )
    other = {"b.clspec": used["b.clspec"].replace("width=4", "width=5")}
    assert clspec.parse_string(text.format("b.Inner"), used=used) != clspec.parse_string(
        text.format("b.Inner"), used=other
    )


# ---- the place of rules

PLACED = """clspec 1
model Inner {{ input features()
 neck n = linear(3)
 {inner} }}
model Net {{ input features(4)
 neck a = linear(5)
 {first}
 neck b = Inner()
 {second}
 neck c = linear(6)
 {third}
 head h = incremental() }}
"""


def placed(first="", second="", third="", inner=""):
    return clspec.parse_string(PLACED.format(first=first, second=second, third=third, inner=inner))


def test_a_rules_place_counts_among_parts_with_rules_of_their_own_only() -> None:
    rule = "when experience 1 { unfreeze b.n }"
    assert placed(first=rule) == placed(second=rule) == placed(third=rule)
    inner = "when experience 1.. { freeze n }"
    above, below = placed(first=rule, inner=inner), placed(second=rule, inner=inner)
    assert above != below and below == placed(third=rule, inner=inner)
    plans = [[str(row.rule) for row in clspec.plan(each).rules] for each in (above, below)]
    assert plans[0] != plans[1] and sorted(plans[0]) == sorted(plans[1])


def test_a_bare_word_of_yaml_is_a_component_where_one_is_wanted() -> None:

    text = """clspec: 1
models:
  P:
    body: [{input: x, uses: features}, {neck: a, uses: relu}]
  M:
    body:
      - {input: x, uses: features, with: [4]}
      - {neck: r, uses: residual, with: [[relu, {uses: linear, with: [4]}]]}
      - {neck: p, uses: per_task, with: [P]}
      - {head: h, uses: per_task, with: {of: incremental}}
"""
    spec = clspec.parse_string(text, "yaml")
    assert clspec.check(spec) == []
    assert clspec.parse_string(rewriting.convert(SourceFile("m.yaml", text))) == spec


def test_convert_writes_a_bare_word_that_is_a_component_as_one_and_a_parameter_as_an_expression():
    text = """clspec 1
model Body(width=3) { input features() neck a = [linear(width), relu] }
model Net(act=relu) {
    input features(10)
    neck body = relu
    neck b = [tanh, act, Body]
    head h = per_task(of=incremental)
}
"""
    written = rewriting.convert(SourceFile("t", text))
    assert "        uses: relu\n" in written and 'uses: [tanh, "${act}", Body]\n' in written
    assert "with: {of: {uses: incremental}}" in written
    assert clspec.parse_string(written, "yaml") == clspec.parse_string(text)
    assert clspec.parse_string(rewriting.convert(SourceFile("t", written))) == clspec.parse_string(text)
