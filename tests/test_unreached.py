"""A part that no output needs is built and never run: a warning says so."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch

import clspec

ROOT = Path(__file__).parent.parent
MEANT = {"groups_in_groups": ["left"], "outputs": ["unused", "grown"]}
"""Cases that hold such parts on purpose."""
TEXT = """clspec 1
model Net {{
    input features(4)
    neck body = linear(8)
    head a = linear(2)
    neck side = relu() from body
    head b = linear(3) from side
    {}
}}
"""


def told(text: str) -> list[tuple[str, str, str]]:
    found = clspec.check(clspec.parse_string(text))
    return [(each.severity, each.code, each.span.text if each.span else "") for each in found]


@pytest.mark.parametrize(
    ("statements", "parts"),
    [
        ("", []),
        ("output a, b", []),
        ("output a\n output b in train", []),
        ("output a in eval", []),
        ("output a in eval\n output a in train", ["b"]),
        ("output a", ["b"]),
        ("output b", ["a"]),
        ("output side", ["a", "b"]),
        ("output a\n freeze side\n when experience 1 { reset b }", ["b"]),
    ],
)
def test_what_no_output_needs_is_told_at_its_last_part(statements, parts) -> None:
    assert told(TEXT.format(statements)) == [("warning", "CL308", name) for name in parts]


def test_it_is_true_of_the_model() -> None:
    text = TEXT.format("output a")
    model = clspec.compile(clspec.parse_string(text))  # a warning stops nothing
    model(torch.ones(1, 4)).sum().backward()
    assert model.a.weight.grad is not None and model.b.weight.grad is None


def test_inside_groups_and_used_models_it_is_told_once() -> None:
    body = "model Body {{ input features()\n neck a = linear(3)\n neck b = linear(3) from x\n {} }}\n"
    net = "model Net {{ input features(4)\n neck one = Body()\n neck two = Body()\n group g from two {{\n {} }} }}\n"
    text = "clspec 1\n" + body.format("output a") + net.format("head h = linear(2)\n head k = linear(2)\n output k")
    assert told(text) == [("warning", "CL308", "b"), ("warning", "CL308", "h")]


def test_what_is_shipped_has_none_but_where_it_is_meant() -> None:
    paths = [path for folder in ("specs", "tests/cases", "examples") for path in (ROOT / folder).rglob("*.clspec")]
    assert len(paths) > 40
    for path in paths:
        try:
            found = clspec.check(path, allow_imports=("torch",))
        except clspec.SpecError as error:
            found = error.diagnostics
        told = [each.span.text for each in found if each.code == "CL308" and each.span]
        assert told == MEANT.get(path.parent.name, []), path
