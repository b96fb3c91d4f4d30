"""What to do about a mistake is said with it, in the syntax that the mistake was made in."""

from __future__ import annotations

import pytest

import clspec
from clspec.diagnostics import Diagnostic

BODY = "clspec 1\nmodel Net(width=4) {\n input features(8)\n %s\n}\n"
YAML = """clspec: 1
models:
  Net:
    params: {width: 4}
    body:
      - {input: x, uses: features, with: [8]}
      - %s
"""
LIST = "components one after the other stand in a list: `[linear(64), relu()]`"
NUMBERS = "experiences are counted from 0: `experience 2`, `experience 2..`, `experience 2..4`"
STATEMENTS = {
    "head h = linear(64, 2)": "its arguments in order: features, bias",
    "head h = linear(64, bias=2)": None,
    "head h = linear(64.0)": "write `64`",
    "head h = linear(mlp)": None,
    "head h = linear(wd)": 'one of: width; for a string write "wd" in quotes',
    "head h = width": '"width" is a parameter: a value, no component',
    "backbone b = mlp(64)": "write `[64]`",
    "neck a = linear(2), relu()": LIST,
    "neck a = linear(2) relu()": LIST,
    "neck a = from x linear(2)": "`from` stands last: `neck a = linear(64) from b`",
    "neck a = relu() from x from x": "several sources stand after one `from`: `from a, b`",
    "neck a = relu() from x, from x": "several sources stand after one `from`: `from a, b`",
    "linear(3)": "a part begins with its role: `neck NAME = linear(...)`",
    "input y": "such as `input image(1, 28, 28)`",
    '"One."\n "Two."': "a model has one doc line, its first; a comment begins with `#`",
    "when experience two { freeze a }": NUMBERS,
    "when experience -1 { freeze a }": NUMBERS,
    "when experience ..3 { freeze a }": NUMBERS,
    "when experience 1, 2 { freeze a }": NUMBERS,
    "reset a until b": "`freeze X until PATH`, `unfreeze X from PATH`",
    "output a in eval, b": "each mode has a statement of its own: `output a in train`",
    "require memory <= 1,000": "a large number is written with underscores: `1_000_000`",
    "require memory <= 9 over a, b": None,
}
PARTS = {
    '{head: h, uses: linear, with: ["2 * width"]}': 'for an expression write `"${2 * width}"`',
    '{head: h, uses: linear, with: ["width"]}': 'for a parameter write `"${width}"`',
    '{head: h, uses: linear, with: [64, "true"]}': "without quotes: `true`",
    "{head: h, uses: linear, with: [64, yes]}": "write `true`",
    "{head: h, uses: linear, with: [${width}]}": 'an expression stands in quotes: `"${2 * width}"`',
    "{head: h, uses: linear, with: [64, 2]}": "its arguments in order: features, bias",
    "{head: h, uses: {linear: 64}}": "write `{uses: linear, with: ...}`",
    "{head: h, uses: {use: linear}}": 'did you mean "uses"?',
    "{head: h, uses: {uses: linear, features: 64}}": "arguments stand in `with: {NAME: VALUE}`",
    '{head: h, uses: incremental, from: "x, y"}': "each source is an entry of its own: `from: [a, b]`",
    "{head: h, uses: linear, <<: {with: [64]}}": "keys are not merged here; an alias stands for a whole value",
    "{when: new_task, after: experience, do: freeze x}": "write one rule for each",
}
SECTIONS = {
    "output: {train: h}": "by mode it is `output: [a in train, b in eval]`",
    "output: [train: h]": "by mode it is `output: [a in train, b in eval]`",
    "require: {parameters: 400}": 'such as `require: ["parameters <= 400_000"]`',
    "require: [parameters: 400]": 'such as `require: ["parameters <= 400_000"]`',
}


def first(text: str, syntax) -> Diagnostic:
    """The first finding of a text, whether or not it can be read."""
    try:
        return clspec.check(clspec.parse_string(text, syntax))[0]
    except clspec.SpecError as error:
        return error.diagnostics[0]


@pytest.mark.parametrize("statement", STATEMENTS)
def test_a_statement(statement) -> None:
    assert first(BODY % statement, "clspec").help == STATEMENTS[statement]


@pytest.mark.parametrize("part", PARTS)
def test_a_part_in_yaml(part) -> None:
    assert first(YAML % part, "yaml").help == PARTS[part]


@pytest.mark.parametrize("section", SECTIONS)
def test_a_section_in_yaml(section) -> None:
    assert first(YAML % "{head: h, uses: incremental}" + f"    {section}\n", "yaml").help == SECTIONS[section]


@pytest.mark.parametrize(("text", "syntax"), [("clspec 0", "clspec"), ("clspec: 0", "yaml")])
def test_an_edition_that_never_was(text, syntax) -> None:
    assert f"`{text[:-1]}1`" in str(first(text, syntax).help)


def test_a_stream_without_parentheses() -> None:
    assert first("clspec 1\nstream s = split\n", "clspec").help == "a call has parentheses: `split(...)`"


@pytest.mark.parametrize("text", ["clspec 1\nmodel A\n input x\n}", "clspec 1\nmodel A:\n input features(1)\n"])
def test_a_model_without_its_brace(text) -> None:
    assert first(text, "clspec").help == "a body stands in braces: `model NAME { ... }`"


def test_a_number_behind_until_is_a_path() -> None:
    text = (
        BODY
        % "neck n = [linear(3), [relu(), linear(2)]]\n freeze n until 1.1\n unfreeze n from 1.0\n head h = linear(2)"
    )
    assert clspec.check(clspec.parse_string(text)) == []
