"""What is printed says the same as what was read, with every comment, and printing it again changes nothing."""

from pathlib import Path

import pytest
from hypothesis import given, settings

import clspec
from clspec.diagnostics import SpecError
from clspec.source import SourceFile
from clspec.syntax.convert import convert
from clspec.syntax.format import format_text
from clspec.syntax.printer import print_document
from clspec.syntax.read import load, read_document, syntax_of
from tests.strategies import specs
from tests.syntax.reading import parse
from tests.syntax.test_any_text import damaged

ROOT = Path(__file__).parents[2]


def read(text):
    return read_document(SourceFile("t.clspec", text), "clspec")


def formatted(text):
    return print_document(read(text))


@settings(deadline=None, max_examples=80)
@given(specs())
def test_printing_keeps_meaning_and_comments_and_is_stable(text):
    document = read(text)
    printed = print_document(document)
    again = read(printed)
    assert again.statements == document.statements
    assert sorted(c.text for c in again.comments) == sorted(c.text for c in document.comments)
    assert print_document(again) == printed


# ---- YAML ------------------------------------------------------------------------------------------------------------


def names(kind):
    return {"linear": ["features", "bias"], "necks.Projector": ["width", "none", "of"]}.get(kind)


@settings(deadline=None, max_examples=80)
@given(specs())
def test_both_syntaxes_say_the_same_and_keep_every_comment(text):
    source = SourceFile("t.clspec", text)
    there = SourceFile("t.yaml", convert(source, "clspec", names))
    assert parse(there, "yaml") == parse(source, "clspec")
    back = SourceFile("t.clspec", convert(there, "yaml", names))
    assert parse(back, "clspec") == parse(source, "clspec")
    comments = sorted(c.text for c in read(text).comments)
    assert sorted(c.text for c in read_document(there, "yaml").comments) == comments
    assert sorted(c.text for c in read(back.text).comments) == comments


@settings(deadline=None, max_examples=80)
@given(specs())
def test_formatted_yaml_is_stable(text):
    written = convert(SourceFile("t.clspec", text), "clspec", names)
    once = format_text(SourceFile("t.yaml", written), "yaml")
    assert format_text(SourceFile("t.yaml", once), "yaml") == once


@settings(deadline=None, max_examples=100)
@given(damaged())
def test_whatever_can_be_read_can_be_formatted(spec):
    syntax, text = spec
    try:
        once = format_text(SourceFile("t", text), syntax)
    except SpecError:
        return
    assert format_text(SourceFile("t", once), syntax) == once


# ---- as files side by side -------------------------------------------------------------------------------------------


FILES = Path(__file__).parent / "formatted"


@pytest.mark.parametrize("kind", ["messy", "neat"])
@pytest.mark.parametrize("syntax", ["clspec", "yaml"])
def test_the_canonical_style(kind, syntax):
    text = format_text(load(FILES / f"{kind}.{syntax}"), syntax)
    assert text == (FILES / f"neat.{syntax}").read_text("utf-8")


@pytest.mark.parametrize(("given", "expected"), [("neat.clspec", "converted.yaml"), ("neat.yaml", "converted.clspec")])
def test_converted_files(given, expected):
    text = convert(load(FILES / given), syntax_of(given), {"linear": ["features"], "mlp": ["sizes"]}.get)
    assert text == (FILES / expected).read_text("utf-8")


@pytest.mark.parametrize("path", sorted((ROOT / "specs").rglob("*.clspec")), ids=lambda path: path.name)
def test_the_specs_of_this_repository_are_formatted(path):
    source = load(path)
    assert format_text(source, "clspec") == source.text


# ---- what is kept, what is refused -----------------------------------------------------------------------------------


def refused(text, syntax, make):
    with pytest.raises(SpecError) as caught:
        make(SourceFile("t", text), syntax)
    (found,) = caught.value.diagnostics
    return found.code, found.span.line, found.message


def to_other(source, syntax):
    return convert(source, syntax, lambda _: None)


def test_a_spec_that_does_not_check_is_formatted_and_one_that_does_not_parse_is_not():
    assert formatted("model M { neck a = nothing(known=1) }") == "model M {\n    neck a = nothing(known=1)\n}\n"
    with pytest.raises(SpecError):
        format_text(SourceFile("t", "clspec 1 model {"), "clspec")


def test_line_ends_stay():
    assert format_text(SourceFile("t", "clspec 1\r\n# é\r\n"), "clspec") == "clspec 1\r\n# é\r\n"


def test_a_long_model_header_is_broken_at_its_parameters():
    names = [f"parameter_{number}=1" for number in range(8)]
    text = formatted(f"clspec 1 model M({', '.join(names)}) {{}}")
    assert text.splitlines()[2:5] == ["model M(", "    parameter_0=1,", "    parameter_1=1,"]
    assert text.endswith("    parameter_7=1,\n) {}\n")


def test_what_cannot_be_seen_is_escaped():
    text = to_other(SourceFile("t", 'clspec: 1\nuse: ["a\\u200bb\\U000e0001"]\n'), "yaml")
    assert text.splitlines()[-1] == r'use "a\u200bb\udb40\udc01"'
    assert to_other(SourceFile("t", text), "clspec").splitlines()[-1] == r'use: ["a\u200bb\U000e0001"]'


@pytest.mark.parametrize(
    ("text", "line", "message"),
    [
        ("clspec 1\nmodel M {}\nmodel M {}", 3, 'the model "M" is given twice, which YAML cannot say'),
        ("clspec 1\nstream a = split()\nstream a = split()", 3, 'the stream "a" is given twice'),
        ("clspec 1\nstream a = split(x=1,\nx=2)", 3, 'the argument "x" is given twice'),
        ("clspec 1\nstream a = f(1,\nx=2)", 2, "YAML cannot mix arguments by position and by name"),
    ],
)
def test_what_yaml_cannot_say_is_refused_with_its_place(text, line, message):
    code, at, said = refused(text, "clspec", to_other)
    assert (code, at) == ("CL012", line)
    assert said.startswith(message)


def test_a_block_scalars_comment_is_no_part_of_it_and_a_hash_in_a_string_no_comment():
    text = "clspec: 1\nmodels:\n  M:\n    doc: |-  # why\n      # no comment\n    params: {a: '# nor this', b: x#y}\n"
    document = read_document(SourceFile("t.yaml", text), "yaml")
    assert [comment.text for comment in document.comments] == ["# why"]
    assert '"# no comment"' in print_document(document)


def test_rules_keep_their_order_among_those_of_parts():
    text = """clspec 1
model Inner { input features() head h = incremental() freeze h }
model Net {
    input features(4)
    freeze g.h
    group g from x { head h = incremental() when experience 1.. { unfreeze h } }
    freeze n
    neck n = Inner() from x
    freeze last
    neck last = linear(3) from x
}
"""
    source = SourceFile("t", text)
    written = convert(source, "clspec", names)
    assert parse(SourceFile("t", written), "yaml") == parse(source, "clspec")
    assert written.endswith("    rules:\n      - do: [freeze last]\n")  # no part's rules could overrule it
    order = ["- do: [freeze g.h]", "- group: g", "- do: [freeze n]", '- neck: "n"', "- neck: last"]
    places = [written.index(line) for line in order]
    assert places == sorted(places)
    plans = [clspec.plan(clspec.parse_string(each, syntax)) for each, syntax in ((text, "clspec"), (written, "yaml"))]
    assert [str(row.rule) for row in plans[0].rules] == [str(row.rule) for row in plans[1].rules]
    assert format_text(SourceFile("t", written), "yaml") == written
