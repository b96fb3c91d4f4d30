"""Parameters of models: a later default follows the earlier ones, whoever gives them."""

from __future__ import annotations

import pytest
from torch import nn

import clspec

SPEC = """clspec 1
model Inner(width=4, hidden=2 * width, drop=0.5 / hidden) {{
    input features()
    neck body = [linear(hidden), dropout(drop), linear(width)]
}}
model Net(size=3, twice=size + size) {{
    input features(5)
    neck a = {}
    neck b = linear(twice)
}}
"""


def built(call: str, **given) -> tuple[int, float, int, int]:
    model = clspec.compile(clspec.parse_string(SPEC.format(call)), "Net", given)
    first, drop, last = [each for each in model.a.modules() if isinstance(each, (nn.Linear, nn.Dropout))]
    return first.out_features, drop.p, last.out_features, model.b.out_features


@pytest.mark.parametrize(
    ("call", "given", "expected"),
    [
        ("Inner", {}, (8, 0.0625, 4, 6)),
        ("Inner(5)", {}, (10, 0.05, 5, 6)),
        ("Inner(hidden=5)", {}, (5, 0.1, 4, 6)),
        ("Inner(5, drop=0.25)", {}, (10, 0.25, 5, 6)),
        ("Inner(size)", {"size": 4}, (8, 0.0625, 4, 8)),
        ("Inner(twice)", {"twice": 10}, (20, 0.025, 10, 10)),
        ("[Inner(5), relu()]", {}, (10, 0.05, 5, 6)),
    ],
)
def test_a_later_default_follows_what_is_given(call, given, expected) -> None:
    assert built(call, **given) == expected


def test_what_a_default_becomes_is_told_where_it_is_wrong() -> None:
    (finding,) = clspec.check(clspec.parse_string(SPEC.format("Inner(hidden=0)")))
    assert finding.span is not None
    assert (finding.code, finding.span.line) == ("CL208", 2)


def test_a_default_sees_earlier_parameters_only() -> None:
    text = "clspec 1\nmodel Net(a=b, b=3) { input features(b)\n neck n = linear(a) }\n"
    (finding,) = clspec.check(clspec.parse_string(text))
    assert finding.span is not None and (finding.code, finding.span.text) == ("CL101", "b")
