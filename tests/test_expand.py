"""`clspec expand`: a spec written out in full means what it meant."""

from __future__ import annotations

from pathlib import Path

import pytest

import clspec
from clspec.diagnostics import SpecError
from clspec.rewriting import expand
from clspec.source import SourceFile
from clspec.syntax.format import format_text
from clspec.syntax.read import load, read_document, syntax_of

TESTS = Path(__file__).parent
FILES = sorted(
    path
    for folder in (TESTS / "cases", TESTS.parent / "specs")
    for suffix in ("clspec", "yaml")
    for path in folder.rglob(f"*.{suffix}")
)


def name(path: Path) -> str:
    return "/".join(path.parts[-2:])


def expanded(text: str, syntax="clspec", file: str = "spec.clspec") -> str:
    return expand(SourceFile(file, text), syntax)


def made_of(text: str, syntax, file: Path) -> list[str]:
    """What the plan and the forecast say of each model, without the places in the text."""
    spec = clspec.parse_string(text, syntax, name=str(file))
    said: list[str] = []
    for model in (model.name.text for model in spec.models):
        try:
            said += [str(planned.rule) for planned in clspec.plan(spec, model).rules]
        except SpecError:
            continue  # a model without sizes is built where it is used
        said += [str(clspec.simulate(spec, stream.name.text, model)) for stream in spec.streams]
    return said


@pytest.mark.parametrize("path", FILES, ids=name)
def test_it_means_the_same_and_is_full(path: Path) -> None:
    source, syntax = load(path), syntax_of(path)
    once = expand(source, syntax)
    assert made_of(once, syntax, path) == made_of(source.text, syntax, path)
    full = SourceFile(str(path), once)
    assert expand(full, syntax) == once
    assert format_text(full, syntax) == once


@pytest.mark.parametrize("path", FILES, ids=name)
def test_every_comment_stays(path: Path) -> None:
    source, syntax = load(path), syntax_of(path)
    after = [comment.text for comment in read_document(SourceFile("t", expand(source, syntax)), syntax).comments]
    for comment in read_document(source, syntax).comments:
        assert after.count(comment.text) == 1


TEXT = """clspec 1

# Above.
stream it = split(10, experiences=5)  # behind

model Net(width=8) {
    input features(
        # how many numbers
        4,
    )
    neck body = [linear(width), relu]  # a list
    # own rule: none of ours
    head h = incremental()  # the head
}
"""


def test_what_it_writes() -> None:
    assert (
        expanded(TEXT)
        == """clspec 1

# Above.
stream it = split(
    classes=10,
    experiences=5,
    task_labels=false,
    class_ids_from_zero=false,
    shuffle=false,
    seed=none,
    class_order=none,
)  # behind

model Net(width=8) {
    input features(
        # how many numbers
        size=4,
    )
    neck body = [linear(features=width, bias=true), relu()]  # a list
    # own rule: none of ours
    # own rule: when new_class { expand h }
    head h = incremental(
        initial=2,
        masking=true,
        mask_value=-1000,
        bias=true,
        index="class_id",
        reserve=none,
        auto=true,
    )  # the head
}
"""
    )


MODELS = """clspec 1
stream it = split(classes=4, experiences=2)
model Inner(width=4, hidden=2 * width, drop=0.5 / hidden) {{
    input features()
    neck body = [linear(hidden), dropout(drop), linear(width)]
}}
model Net(width=3) {{
    input features(5)
    neck a = {}
    head h = incremental()
}}
"""


@pytest.mark.parametrize(
    ("call", "full"),
    [
        ("Inner", "Inner(width=4, hidden=8, drop=0.0625)"),
        ("Inner(6)", "Inner(width=6, hidden=12, drop=0.041666666666666664)"),
        ("Inner(hidden=5)", "Inner(width=4, hidden=5, drop=0.1)"),
        ("Inner(width)", "Inner(width=width, hidden=2 * width, drop=0.5 / (2 * width))"),
        ("Inner(width + 1)", "Inner(width=width + 1, hidden=2 * (width + 1), drop=0.5 / (2 * (width + 1)))"),
        ("[Inner(6), relu]", "[Inner(width=6, hidden=12, drop=0.041666666666666664), relu()]"),
    ],
)
def test_a_default_that_follows_another_parameter_follows_what_is_given(call, full) -> None:
    text = MODELS.format(call)
    once = expanded(text)
    assert f"    neck a = {full}\n" in once
    for params in ({}, {"width": 7}):
        before, after = (clspec.compile(clspec.parse_string(each), "Net", params) for each in (text, once))
        assert [each.shape for each in before.parameters()] == [each.shape for each in after.parameters()]
        assert str(before) == str(after)


def test_own_rules_of_what_is_inside_stand_above_the_part() -> None:
    once = expanded("clspec 1\nmodel Net { input features(3)\n group g from x { head h = per_task(cosine()) } }\n")
    above, _, _ = once.partition("        head h")
    assert above.splitlines()[-3:] == [
        "    group g from x {",
        "        # own rule: when new_task { branch h }",
        "        # own rule: when new_class { expand h }",
    ]
    assert "own rule" not in expanded("clspec 1\nmodel Net { input features(3)\n head h = incremental(auto=false) }\n")


def test_a_spec_that_does_not_check_is_not_expanded() -> None:
    with pytest.raises(SpecError) as caught:
        expanded("clspec 1\nmodel Net { input features(3)\n head h = incremantal() }\n")
    assert [finding.code for finding in caught.value.diagnostics] == ["CL110"]
