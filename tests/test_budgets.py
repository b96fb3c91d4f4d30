"""Budgets and the most that is built: judged before anything is, by what `simulate` forecasts."""

from __future__ import annotations

import pytest

import clspec
from clspec.budgets import MOST_PARAMETERS
from clspec.diagnostics import Diagnostic

MAKERS = (clspec.compile, clspec.emit, clspec.plan, clspec.simulate, clspec.render)
SPEC = """clspec 1
stream few = split(classes=6, experiences=3)
stream many = split(classes=40, experiences=20)
model Net {{
    input features(4)
    neck body = [linear(5), batch_norm()]
    head h = incremental(initial=2)
    {}
}}
"""


def check(text: str, **settings) -> list[Diagnostic]:
    return clspec.check(clspec.parse_string(text), **settings)


def amount(row, quantity: str) -> int:
    return {"parameters": row.parameters, "trainable": row.trainable, "memory": row.memory}[quantity]


@pytest.mark.parametrize("quantity", ["parameters", "trainable", "memory"])
@pytest.mark.parametrize("stream", ["few", "many"])
@pytest.mark.parametrize(
    "frozen", ["", "freeze body", "when experience 1.. { freeze h }", "after experience 1 { freeze h }"]
)
def test_the_experience_named_is_the_first_that_simulate_shows_over_it(quantity, stream, frozen) -> None:
    rows = clspec.simulate(clspec.parse_string(SPEC.format(frozen)), stream).rows
    for most in sorted({amount(row, quantity) for row in rows} | {0, 10**6}):
        over = [row for row in rows if amount(row, quantity) > most]
        found = check(SPEC.format(f"{frozen}\n require {quantity} <= {most} over {stream}"))
        assert [finding.code for finding in found] == ["CL503"] * bool(over)
        if over:
            assert f"at experience {over[0].experience} of {stream}" in found[0].message
            assert f" {amount(over[0], quantity):,} " in found[0].message
            assert f"budget of {most:,}" in found[0].message


def test_a_budget_without_a_stream_holds_over_each() -> None:
    found = check(SPEC.format("require parameters <= 60"))
    assert [finding.message.partition(" at ")[2].partition(",")[0] for finding in found] == [
        "experience 2 of few",
        "experience 2 of many",
    ]
    assert len(check(SPEC.format("require parameters <= 100"))) == 1  # only the long one breaks it
    assert check(SPEC.format("require parameters <= 300")) == []


def test_without_a_stream_in_the_spec_the_model_as_it_is_born_is_judged() -> None:
    text = "\n".join(line for line in SPEC.splitlines() if not line.startswith("stream"))
    (finding,) = check(text.format("require parameters <= 46"))
    assert "has 47 parameters as it is born" in finding.message
    assert check(text.format("require parameters <= 47")) == []


def test_the_help_names_where_most_of_it_is() -> None:
    (finding,) = check(SPEC.format("require parameters <= 1 over few"))
    assert finding.help == "most of it: body 35, h 12"


def test_a_limit_may_be_worked_out_of_parameters() -> None:
    text = SPEC.replace("Net {{", "Net(most=40) {{").format("require parameters <= 2 * most over few")
    assert check(text) == []
    (finding,) = check(text, params={"most": 30})
    assert "budget of 60" in finding.message
    with pytest.raises(clspec.SpecError):
        clspec.compile(clspec.parse_string(text), params={"most": 30})


def test_nothing_is_made_of_a_model_over_its_budget() -> None:
    spec = clspec.parse_string(SPEC.format("require memory <= 10 over few\n require trainable <= 10 over many"))
    found = clspec.check(spec)
    assert [finding.code for finding in found] == ["CL503", "CL503"]
    for make in MAKERS:
        with pytest.raises(clspec.SpecError) as caught:
            make(spec)
        assert caught.value.diagnostics == found


NESTED = """clspec 1
stream few = split(classes=6, experiences=3)
model Inner(width=3) {
    input features()
    neck body = linear(width)
    head h = incremental(initial=2)
    require parameters <= 31 over few
}
model Net {
    input features(4)
    head one = Inner()
    head two = Inner(width=4) from x
    require parameters <= 1000
}
"""


def test_a_nested_model_has_a_budget_of_its_own_told_once() -> None:
    (finding,) = check(NESTED)  # at the first experience at which any of its uses breaks it
    assert finding.span is not None and finding.span.line == 7
    assert finding.message.startswith("Inner has 40 parameters at experience 1 of few")
    assert finding.help == "most of it: two.body 20, two.h 20"


def test_a_used_model_is_judged_over_the_streams_of_its_own_file() -> None:
    inner = NESTED.partition("model Net")[0]
    text = (
        'clspec 1\nuse "inner.clspec"\nstream few = split(classes=2, experiences=1)\n'
        "model Net {\n input features(4)\n head one = inner.Inner(width=4) }\n"
    )
    (finding,) = clspec.check(clspec.parse_string(text, used={"inner.clspec": inner}))
    assert finding.path == "inner.clspec"
    assert "has 40 parameters at experience 1 of few" in finding.message


def test_budgets_mean_the_same_in_yaml() -> None:
    text = """clspec: 1
streams: {few: {uses: split, with: {classes: 6, experiences: 3}}}
models:
  Net:
    body:
      - {input: x, uses: features, with: [4]}
      - {head: h, uses: incremental}
    require: ["parameters <= 20 over few", "memory <= 1_000", "trainable <= 5 * 2 over few"]
"""
    found = clspec.check(clspec.parse_string(text, "yaml"))
    assert [finding.span and finding.span.text for finding in found] == [
        "parameters <= 20 over few",
        "trainable <= 5 * 2 over few",
    ]
    assert "at experience 2" in found[0].message and "at experience 1" in found[1].message


def test_a_long_stream_is_told_and_not_run() -> None:
    text = "clspec 1\nstream it = split(classes=1_000_000, experiences=1_000_000)\n"
    text += "model Net { input features(4)\n head h = incremental()\n require parameters <= 10 over it }\n"
    (finding,) = check(text)
    assert (finding.code, "1,000,000 experiences" in finding.message) == ("CL504", True)


# ---- the most that is built

LARGE = "clspec 1\nmodel Net(width=10) { input image(3, 32, 32)\n neck flat = flatten()\n"
LARGE += " neck a = linear(width)\n neck b = [linear(2), relu(), linear(width)]\n head h = incremental() }\n"


def test_a_model_too_large_to_build_is_refused_with_its_largest_part() -> None:
    spec = clspec.parse_string(LARGE)
    assert clspec.check(spec) == []
    width = MOST_PARAMETERS // 3073
    (finding,) = clspec.check(spec, params={"width": width})
    assert (finding.code, finding.span and finding.span.text) == ("CL306", "linear(width)")
    assert f"{width * 3073:,} of them in a" in finding.message
    for make in MAKERS[:3]:
        with pytest.raises(clspec.SpecError) as caught:
            make(spec, params={"width": width})
        assert caught.value.diagnostics == [finding]
    assert clspec.check(spec, params={"width": MOST_PARAMETERS // 3090}) == []


def test_the_largest_numbers_there_are_take_no_time() -> None:
    for last in ("linear(9223372036854775807)", "mlp([9223372036854775807, 9223372036854775807])"):
        text = f"clspec 1\nmodel Net {{ input features(4)\n neck big = linear(1000000000)\n neck a = {last} }}\n"
        assert [finding.code for finding in check(text)] == ["CL306"]


def test_a_part_too_large_inside_a_nested_model_is_marked_there() -> None:
    text = "clspec 1\nmodel Inner { input features()\n neck wide = linear(10_000_000) }\n"
    text += "model Net { input features(1000)\n neck inner = Inner()\n head h = incremental() }\n"
    (finding,) = check(text)
    assert finding.span is not None and (finding.span.line, finding.span.text) == (3, "linear(10_000_000)")
    assert "in inner.wide" in finding.message


def test_buffers_count_too() -> None:
    text = "clspec 1\nmodel Net { input features(200_000)\n head h = streaming_lda() }\n"
    (finding,) = check(text)
    assert finding.code == "CL306"


@pytest.mark.parametrize("kind", ["fecam()", "streaming_lda()", "per_task(fecam())"])
def test_statistics_of_one_class_count_before_they_are_there(kind) -> None:
    """A covariance of a million features is a million million numbers, at the first class."""
    text = f"clspec 1\nmodel Net {{ input features(10)\n neck wide = linear(WIDTH)\n head h = {kind} }}"
    found = clspec.check(clspec.parse_string(text.replace("WIDTH", "1_000_000")))
    assert [(each.code, each.span and each.span.text) for each in found] == [("CL306", kind)]
    assert "1,000,0" in found[0].message and "once it has met a class" in found[0].message
    with pytest.raises(clspec.SpecError):
        clspec.compile(clspec.parse_string(text.replace("WIDTH", "1_000_000")))
    assert clspec.check(clspec.parse_string(text.replace("WIDTH", "1_000"))) == []
