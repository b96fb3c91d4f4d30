"""Fixes: each edits the very text that is wrong, and mends the finding that it comes with."""

from __future__ import annotations

from collections import Counter

import pytest

from clspec import driver
from clspec.diagnostics import Diagnostic, Fix, fixes_of
from clspec.source import SourceFile
from tests.test_errors import ERRORS, FILES, findings_in

WITH_FIXES = [path for path in FILES if any(map(fixes_of, findings_in(path)))]


def mended(fix: Fix) -> str:
    text = fix.span.source.text
    return text[: fix.span.start] + fix.text + text[fix.span.end :]


def told(findings: list[Diagnostic]) -> Counter[tuple[str, str]]:
    return Counter((finding.code, finding.message) for finding in findings)


@pytest.mark.parametrize("path", WITH_FIXES, ids=lambda path: str(path.relative_to(ERRORS)))
def test_a_fix_mends_its_finding(path) -> None:
    found = findings_in(path)
    for finding in found:
        for fix in fixes_of(finding):
            after = driver.check(SourceFile(str(path), mended(fix)))
            key = finding.code, finding.message
            assert told(after)[key] < told(found)[key], (fix, finding)


BODY = "clspec 1\nmodel Net {{\n    input {}\n    {}\n}}\n"


def fixed(text: str) -> list[str]:
    """The text as each fix of its one finding leaves it."""
    (finding,) = driver.check(SourceFile("net.clspec", text))
    return [mended(fix) for fix in fixes_of(finding)]


@pytest.mark.parametrize(
    ("shape", "wrong", "right"),
    [
        ("features(4)", "head h = incremantal()", ["head h = incremental()"]),
        ("features(4)", "neck a = progressive(adapter=3)", []),
        ("image(3, 8, 8)", "neck a = [conv(4, 3), linear(2)]", [
            "neck a = [conv(4, 3), flatten(), linear(2)]", "neck a = [conv(4, 3), avg_pool(), flatten(), linear(2)]",
        ]),
        ("image(3, 8, 8)", "neck a = linear(2)", [
            "neck a = [flatten(), linear(2)]", "neck a = [avg_pool(), flatten(), linear(2)]",
        ]),
        ("features(4)", "neck a = dropout('x')", ['neck a = dropout("x")']),
        ("features(4)", "head h = cosine() expand h", ["head h = cosine() when new_class { expand h }"]),
        ("features(4)", "neck a = linear(4", ["neck a = linear(4)"]),
    ],
)  # fmt: skip
def test_what_a_fix_writes(shape, wrong, right) -> None:
    assert fixed(BODY.format(shape, wrong)) == [BODY.format(shape, each) for each in right]


def test_a_near_name_of_a_used_file_and_of_its_folder() -> None:
    name = str(ERRORS / "names" / "uses.clspec")
    text = 'clspec 1\nuse "blocks/neks.clspec"\nmodel Net {\n input features(4)\n head h = cosine()\n}\n'
    (finding,) = driver.check(SourceFile(name, text))
    assert mended(fixes_of(finding)[0]) == text.replace("neks", "necks")
    text = text.replace("neks", "necks").replace("cosine()", "nicks.Projector(4)")
    (finding,) = driver.check(SourceFile(name, text))
    assert mended(fixes_of(finding)[0]) == text.replace("nicks", "necks")
