"""The YAML front end: YAML 1.2, bounds, and findings that point into the YAML."""

import pytest

from clspec.diagnostics import SpecError
from clspec.ir.values import Boolean, Decimal, Integer, Nothing, Sequence, Text
from clspec.source import SourceFile
from tests.syntax.reading import parse


def spec_of(text):
    return parse(SourceFile("t.yaml", text), "yaml")


def value_of(text):
    spec = spec_of(f"clspec: 1\nmodels:\n  M:\n    params:\n      p: {text}\n")
    return spec.models[0].parameters[0].default


def findings(text):
    with pytest.raises(SpecError) as caught:
        spec_of(text)
    return [(d.code, d.span.text, d.message) for d in caught.value.diagnostics]


@pytest.mark.parametrize(
    ("text", "kind", "value"),
    [
        ("1e-3", Decimal, 1e-3),
        ("012", Integer, 12),
        ("-1000", Integer, -1000),
        ("0x1F", Integer, 31),
        ("1.", Decimal, 1.0),
        ("no", Text, "no"),
        ("on", Text, "on"),
        ("off", Text, "off"),
        ("1:30", Text, "1:30"),
        ("2024-01-01", Text, "2024-01-01"),
        ("'12'", Text, "12"),
        ("!!str 12", Text, "12"),
        ("True", Boolean, True),
        ('"$${width}"', Text, "${width}"),
    ],
)
def test_scalars_are_read_by_yaml_1_2(text, kind, value):
    found = value_of(text)
    assert isinstance(found, kind)
    assert found.value == value


def test_nothing_and_lists():
    assert isinstance(value_of("~"), Nothing)
    assert isinstance(value_of(""), Nothing)
    found = value_of("[64, avg_pool]")
    assert isinstance(found, Sequence)
    assert [type(item) for item in found.items] == [Integer, Text]


def test_expressions_point_into_the_yaml():
    found = value_of('"${2 * width}"')
    assert found.span.text == "2 * width"
    assert found.right.span.text == "width"


def test_duplicate_keys_name_both_places():
    with pytest.raises(SpecError) as caught:
        spec_of("clspec: 1\nmodels:\n  A: {}\n  B: {}\n  A: {}\n")
    (found,) = caught.value.diagnostics
    assert (found.code, found.span.line, found.related[0].span.line) == ("CL010", 5, 3)


@pytest.mark.parametrize(
    ("text", "code", "at"),
    [
        ("clspec: 1\nstrems: {}\n", "CL009", "strems"),
        ("clspec: 2\nwhatever: [1]\n", "CL007", "2"),
        ("streams: {}\n", "CL006", None),
        ("", "CL004", ""),
        ("# only a comment\n", "CL004", ""),
        ("[1, 2", "CL008", ""),
        ("clspec: 1\n---\nclspec: 1\n", "CL008", "---"),
        ("clspec: !foo 1\n", "CL009", "!foo 1"),
        ("clspec: !!python/object:os.system 1\n", "CL009", None),
        ("clspec: &a [*a]\n", "CL008", "*a"),
        ("clspec: 1\nuse: [\x07]\n", "CL008", "\x07"),
        ("clspec: 1\nmodels: [a]\n", "CL009", "[a]"),
        ("clspec: " + "[" * 5000, "CL013", None),
        ("clspec: 1.5\n", "CL009", "1.5"),
    ],
)
def test_errors_have_a_code_and_a_place(text, code, at):
    ((found, where, _),) = findings(text)
    assert found == code
    assert at is None or where == at


def test_aliases_are_read_within_a_bound():
    spec = spec_of("clspec: 1\nstreams:\n  a: &s {uses: split, with: {classes: 4}}\n  b: *s\n")
    assert spec.streams[0].maker == spec.streams[1].maker
    levels = ["a0: &a0 [x]"] + [f"a{i}: &a{i} [{', '.join([f'*a{i - 1}'] * 9)}]" for i in range(1, 12)]
    assert findings("\n".join(levels))[-1][0] == "CL014"


PARTS = """\
clspec: 1
models:
  M:
    body:
      - neck: head
        uses: f
      - {neck: a, uses: f(2)}
      - {neck: b, uses: f, form: c}
      - {neck: c, uses: f, with: {w: "${2 * }", v: .inf}}
      - [d]
    rules:
      - do: [freeze trunk untl x]
      - when: bogus
        do: 'freeze "x"'
    require: parameters < 3
    doc: 12
"""


def test_every_error_is_told_where_it_stands():
    assert [(code, where) for code, where, _ in findings(PARTS)] == [
        ("CL103", "head"),
        ("CL009", "f(2)"),
        ("CL009", "form"),
        ("CL002", ""),
        ("CL213", ".inf"),
        ("CL009", "[d]"),
        ("CL001", "untl"),
        ("CL001", "bogus"),
        ("CL001", '"x"'),
        ("CL001", "<"),
        ("CL009", "12"),
    ]
