"""The clspec front end: what parses, what it means, and what is said of what does not."""

from pathlib import Path

import pytest

from clspec.diagnostics import SpecError
from clspec.ir.values import Decimal, Integer, Name, Negation
from clspec.source import SourceFile
from clspec.syntax.dsl import read_clspec
from clspec.syntax.printer import print_rule, print_value
from clspec.syntax.read import load, syntax_of
from tests.syntax.reading import parse

HERE = Path(__file__).parent


def spec_of(text):
    return parse(SourceFile("t.clspec", text), "clspec")


def body_of(text):
    return spec_of(f"clspec 1\nmodel M(p=1) {{\n{text}\n}}").models[0]


def value_of(text):
    return body_of(f"neck n = f({text})").body[0].component.arguments[0].value


def findings(text):
    with pytest.raises(SpecError) as caught:
        spec_of(text)
    return [(d.span.line, d.span.column, d.code, d.message) for d in caught.value.diagnostics]


@pytest.mark.parametrize("name", ["first.clspec", "two_heads.clspec", "two_heads.yaml"])
def test_the_examples_of_the_language_page_parse(name):
    assert parse(load(HERE / name), syntax_of(name)).models


def test_both_syntaxes_give_the_same_spec():
    assert parse(load(HERE / "twin.clspec"), "clspec") == parse(load(HERE / "twin.yaml"), "yaml")


def test_comments_and_places_are_kept():
    document, _ = read_clspec(load(HERE / "two_heads.clspec"))
    assert document is not None
    assert [c.own_line for c in document.comments[:2]] == [False, False]
    assert document.comments[0].text.startswith("# brings its models")
    node = next(s for m in document.statements[-1:] for s in m.body if getattr(s, "role", "") == "backbone")
    assert node.span.text == 'backbone trunk = pytorchcv("resnet20_cifar10", pretrained=false)'


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_line_ends_and_a_byte_order_mark(end, tmp_path):
    path = tmp_path / "a.clspec"
    text = "clspec 1" + end + "# a comment\nmodel M { input image(1, 2, 3) }" + end
    path.write_bytes(b"\xef\xbb\xbf" + text.encode())
    assert parse(load(path), "clspec").models[0].body[0].name.text == "x"


def test_numbers_in_paths_and_ranges_are_no_decimals():
    model = body_of("neck a = f() from trunk.features.0.1.head\nwhen experience 2..4 { freeze x until 3.conv.0 }")
    assert model.body[0].sources[0].path == "trunk.features.0.1.head"
    assert (model.rules[0].trigger.first, model.rules[0].trigger.last) == (2, 4)
    assert model.rules[0].actions[0].until.path == "3.conv.0"


@pytest.mark.parametrize("text", ["nets[:]", "x[0][-1]", "a.b[1:]", "a.b[:-1]", "a[1:2]"])
def test_slices(text):
    assert str(body_of(f"freeze {text}").rules[0].actions[0].targets[0]) == text


def test_values():
    assert value_of("400_000") == Integer(value=400_000, span=value_of("1").span)
    assert value_of("-1e-3") == Decimal(value=-1e-3, span=value_of("1").span)
    assert isinstance(value_of("train"), Name)
    assert isinstance(value_of("-p"), Negation)
    assert value_of(r'"\u00e9\n"').value == "é\n"


@pytest.mark.parametrize(
    "text",
    [
        "1 + 2 * p",
        "(1 + 2) * p",
        "1 - (2 - p)",
        "-(1 + p)",
        "2 // -1",
        "[f(1, b=none), g()]",
        '"a\\"\\n"',
        "--1",
        "1e-05",
    ],
)
def test_values_print_as_they_are_read(text):
    assert print_value(value_of(text)) == text


@pytest.mark.parametrize(
    "text",
    [
        "when experience 2.. { freeze trunk }",
        "freeze trunk until stage2",
        "unfreeze a, b from x.0",
        "after experience 1 { reset a[:-1]; expand b }",
        "{ freeze a; freeze b }",
        "when experience 0 { align a }",
    ],
)
def test_rules_print_as_they_are_read(text):
    assert print_rule(body_of(text).rules[0]) == text


def test_actions_may_stand_on_lines_of_their_own():
    same = ["{ freeze a, b; reset c }", "{ freeze a, b\n reset c }", "{ freeze a, b; reset c; }"]
    assert len({body_of(f"when new_class {text}").rules for text in same}) == 1


def test_words_of_the_language_can_name_arguments_and_follow_dots():
    body_of("neck n = f(head=1, in=2, from=3) from a.input.over\nfreeze self.until\nneck memory = g(memory)")


@pytest.mark.parametrize(
    ("line", "column", "message"),
    [
        ("neck a = [relu(), ]]", 20, 'unexpected "]"; expected a statement, `from` or `}`'),
        ("neck a = ]", 10, 'unexpected "]"; expected a component'),
        ("neck head = f()", 6, '"head" is a word of the language and cannot be a name here'),
        ("nek a = f()", 1, 'no statement begins with "nek"'),
        ("head a f()", 8, 'unexpected "f"; expected `=`'),
        ("neck a = f(1 2)", 14, 'unexpected "2"; expected `)` or `,`'),
        ("neck a = f(1", 13, 'expected `)` after "1"'),
        ("when new_task freeze a", 15, 'unexpected "freeze"; expected `{`'),
        ("neck a = f('b')", 12, "unexpected 'b'"),
        ('neck a = f("b)', 12, "this string does not end"),
        (r'neck a = f("\ud800")', 12, "half a surrogate pair in a string stands for no character"),
        (r'neck a = f("b\q")', 14, r'unknown escape "\q" in a string'),
        ("neck a = f(1" + "0" * 25 + ")", 12, "an integer of 26 digits; at most 19 are read"),
        ("neck a = f(1e999)", 12, '"1e999" is no number that can be stored'),
        ("when experience 4..2 { freeze a }", 6, "experiences 4 to 2 are none"),
        ("group g { require memory <= 1 }", 11, "a `require` cannot stand in a group"),
    ],
)
def test_an_error_is_one_finding_at_its_place(line, column, message):
    text = f"clspec 1\nmodel M {{\ninput image(1, 2, 3)\n{line}\nneck last = relu()\n}}\n"
    assert [f[:2] + f[3:] for f in findings(text)] == [(4, column, message)]


def test_every_error_of_a_file_is_told_once():
    with pytest.raises(SpecError) as caught:
        parse(load(HERE / "broken.clspec"), "clspec")
    lines = [d.span.line for d in caught.value.diagnostics]
    assert lines == [2, 3, *range(5, 30), 31, 32, 35, 35]


def test_the_end_of_the_file():
    assert findings("clspec 1\nmodel M {\n  neck a = f()\n\n\n")[0] == (
        3,
        15,
        "CL002",
        "the file ends too early; expected `}`",
    )


def test_editions():
    assert findings("model M { }")[0][2] == "CL006"
    assert findings("model M { }\nclspec 1")[0][2] == "CL006"
    assert [f[2] for f in findings("clspec 2\nwhatever { it says ] }")] == ["CL007"]
    assert findings("clspec 1 clspec 1")[0][2] == "CL010"
    assert findings("  # nothing\n")[0][2] == "CL004"


@pytest.mark.parametrize("nest", ["(", "[", "f(", "-", "1+", "{"])
def test_nesting_is_bounded(nest):
    assert [f[2] for f in findings("clspec 1 model M { neck a = f(" + nest * 5000)] == ["CL013"]


def test_a_hundred_levels_are_not_too_many():
    value_of("[" * 90 + "]" * 90)


def test_files_that_cannot_be_read(tmp_path):
    def code(path):
        with pytest.raises(SpecError) as caught:
            load(path)
        return caught.value.diagnostics[0].code, str(caught.value)

    (tmp_path / "latin").write_bytes(b"clspec 1\n# caf\xe9\n")
    (tmp_path / "large").write_bytes(b" " * 1_000_001)
    (tmp_path / "empty").write_bytes(b" \n")
    assert code(tmp_path / "none.clspec")[0] == code(tmp_path)[0] == "CL005"
    assert "no such file" in code(tmp_path / "none.clspec")[1]
    assert code(tmp_path / "latin")[0] == "CL003"
    assert "line 2" in code(tmp_path / "latin")[1]
    assert "offset 14" in code(tmp_path / "latin")[1]
    assert code(tmp_path / "large")[0] == "CL011"
    assert code(tmp_path / "empty")[0] == "CL004"
