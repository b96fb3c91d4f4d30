"""A fault in a model that shows because of its use: where it is used is told with it."""

from __future__ import annotations

import pytest

import clspec
from clspec.diagnostics import MOST_USES, Diagnostic


def check(text: str) -> list[Diagnostic]:
    return clspec.check(clspec.parse_string("clspec 1\n" + text))


def uses(finding: Diagnostic) -> list[tuple[int, str]]:
    """Line and text of the places of use that a finding names."""
    return [(related.span.line, related.span.text) for related in finding.related if related.message == "used here"]


INNER = "model Inner(width=4, rate=0.5) { input features()\n neck a = [linear(width), dropout(rate)] }\n"
MID = "model Mid(rate=0.5) { input features()\n neck inner = Inner(rate=rate) }\n"
NET = "model Net {{ input {}\n neck one = {}\n neck two = {}\n head h = incremental() }}\n"


def test_every_level_is_named_innermost_first() -> None:
    (finding,) = check(INNER + MID + NET.format("features(3)", "Mid(2.5)", "Mid()"))
    assert (finding.code, finding.span and finding.span.text) == ("CL204", "rate")
    assert uses(finding) == [(5, "Inner(rate=rate)"), (7, "Mid(2.5)")]


def test_a_shape_that_does_not_fit_inside_names_the_use_that_brings_it() -> None:
    body = "model Body { input features()\n neck sum = [conv(4, 3)] }\n"
    (finding,) = check(body + NET.format("features(3)", "Body()", "Body() from x"))
    assert (finding.code, uses(finding)) == ("CL301", [(5, "Body()")])


def test_the_same_fault_of_two_uses_is_told_once_with_the_first_in_the_text() -> None:
    body = "model Body { input features()\n neck sum = [conv(4, 3)] }\n"
    (finding,) = check(
        body + NET.format("features(3)", "Body() from other", "Body() from x\n neck other = linear(3) from x")
    )
    assert uses(finding) == [(5, "Body()")]  # although data flows to it last
    rate = INNER + MID + NET.format("features(3)", "Mid(2.5)", "Mid(2.5)")
    (finding,) = check(rate.replace("neck two", "neck other"))
    assert uses(finding) == [(5, "Inner(rate=rate)"), (7, "Mid(2.5)")]


def test_faults_that_differ_by_use_are_told_each_with_its_own() -> None:
    body = "model Body(width=3) { input features()\n neck a = [linear(width), max_pool()] }\n"
    found = check(body + NET.format("features(3)", "Body(5)", "Body(6) from x"))
    assert [uses(finding) for finding in found] == [[(5, "Body(5)")], [(6, "Body(6)")]]


def test_what_is_wrong_whatever_the_use_names_none() -> None:
    for fault in ("linnear(3)", "dropout(1.5)", "linear(3) from nowhere"):
        body = f"model Body {{ input features()\n neck a = {fault} }}\n"
        (finding,) = check(body + NET.format("features(3)", "Body()", "Body()"))
        assert uses(finding) == [], fault


def test_a_default_that_follows_an_argument_names_the_use() -> None:
    body = "model Body(width=4, half=8 // width) { input features()\n neck a = linear(half) }\n"
    (finding,) = check(body + NET.format("features(3)", "Body(0)", "Body()"))
    assert (finding.code, uses(finding)) == ("CL208", [(5, "Body(0)")])


def test_a_rule_that_reaches_nothing_for_this_use_names_it() -> None:
    body = 'model Body(name="resnet20_cifar10") { input image(3, 32, 32)\n backbone b = pytorchcv(name)\n'
    body += " freeze b until stage4 }\n"
    used = 'model Net { input image(3, 32, 32)\n backbone one = Body("resnet20_cifar10")\n head h = incremental() }\n'
    (finding,) = check(body + used)
    assert (finding.code, uses(finding)) == ("CL401", [(6, 'Body("resnet20_cifar10")')])


@pytest.mark.parametrize("budget", ["require parameters <= 100", "neck wide = linear(10_000_000_000_000)"])
def test_a_model_that_is_too_large_names_its_use(budget) -> None:
    body = f"model Body(width=3) {{ input features()\n neck a = linear(width)\n {budget} }}\n"
    (finding,) = check(body + NET.format("features(30)", "Body(500)", "linear(3)"))
    assert finding.code in ("CL306", "CL503")
    assert uses(finding) == [(6, "Body(500)")]


def test_a_model_of_another_file_names_the_file_that_uses_it(tmp_path) -> None:
    (tmp_path / "parts.clspec").write_text("clspec 1\n" + INNER)
    path = tmp_path / "spec.clspec"
    path.write_text('clspec 1\nuse "parts.clspec"\n' + NET.format("features(3)", "parts.Inner(rate=2)", "linear(3)"))
    (finding,) = clspec.check(path)
    assert finding.path.endswith("parts.clspec")
    assert f"{path}:4:13" in str(finding)


def test_of_many_levels_the_innermost_are_named() -> None:
    text = "model M0(rate=0.5) { input features()\n neck a = dropout(rate) }\n"
    for number in range(1, 20):
        text += f"model M{number}(rate=0.5) {{ input features()\n neck a = M{number - 1}(rate) }}\n"
    (finding,) = check(text + NET.format("features(3)", "M19(7)", "linear(3)"))
    assert [place for _, place in uses(finding)] == [f"M{number}(rate)" for number in range(MOST_USES)]


def test_a_ring_of_models_names_its_other_uses() -> None:
    ring = "".join(f"model {a} {{ input features()\n neck part = {b}() }}\n" for a, b in ("AB", "BC", "CA"))
    (finding,) = check(ring + NET.format("features(3)", "A()", "linear(3)"))
    assert (finding.code, finding.span and finding.span.line) == ("CL104", 7)
    assert "A → B → C → A" in finding.message
    assert [(related.span.line, related.span.text) for related in finding.related] == [(3, "B"), (5, "C")]
