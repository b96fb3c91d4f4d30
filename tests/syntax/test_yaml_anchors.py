"""`fmt` of YAML with anchors and aliases: they stay, and so does what the file means."""

from pathlib import Path

import pytest

from clspec.diagnostics import SpecError
from clspec.source import SourceFile
from clspec.syntax.convert import convert
from clspec.syntax.format import format_text
from clspec.syntax.read import load, read_document

ROOT = Path(__file__).parents[2]

MESSY = """\
models:   # the models
  Net :
      doc: &doc   "What it is."
      params: {width: &width   64}
      body:
       -  {input: x, uses: features, with: [ *width ]}
       # above a
       - &part
         neck: a
         uses: &layers [ relu ,   # first
            {uses: linear, with: &given {features: *width}} ]
         from: &from x
       - neck: b
         uses: *layers   # the same layers
         from: *from
       - {neck: c, uses: linear, with: *given, from: *from}
      rules:
      - do: &do
        - "freeze a"
        - !!str freeze b
      # the end of the rules
      output: c
  Other:
   doc: *doc
   body:
   - {input: x, uses: features, with: [3]}
   - *part
   rules: [{do: *do, when: experience}]
clspec: 1
"""
FORMATTED = """\
models:  # the models
  Net:
    doc: &doc What it is.
    params: {width: &width 64}
    body:
      - {input: x, uses: features, with: [*width]}
      # above a
      - &part
        neck: a
        uses: &layers
          - relu  # first
          - {uses: linear, with: &given {features: *width}}
        from: &from x
      - neck: b
        uses: *layers  # the same layers
        from: *from
      - {neck: c, uses: linear, with: *given, from: *from}
    rules:
      - do: &do
          - freeze a
          - freeze b
    # the end of the rules
    output: c
  Other:
    doc: *doc
    body:
      - {input: x, uses: features, with: [3]}
      - *part
    rules: [{do: *do, when: experience}]
clspec: 1
"""


def formatted(text):
    return format_text(SourceFile("t.yaml", text), "yaml")


def test_anchors_aliases_and_the_order_that_they_need_stay():
    assert formatted(MESSY) == FORMATTED
    assert formatted(FORMATTED) == FORMATTED
    before, after = (read_document(SourceFile("t", text), "yaml") for text in (MESSY, FORMATTED))
    assert after.statements == before.statements
    assert len(after.comments) == len(before.comments) == 5


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ("{width: &w 'a b'}", "{width: &w a b}"),
        ('{width: &w "1"}', '{width: &w "1"}'),
        ("{width: &w !!str 1}", '{width: &w "1"}'),
        ("{width: &w !!float 1}", "{width: &w !!float 1}"),
        ("{width: &w !!null ''}", '{width: &w !!null ""}'),
        ("{width: &w 0x1F}", "{width: &w 0x1F}"),
        ("{width: &w , b: *w }", "{width: &w, b: *w}"),
        ("{&w width: 1, b: *w , *w : 2}", None),
        ("\n      width: &w |\n        two\n        lines\n", '\n      width: &w "two\\nlines\\n"'),
        ("\n      width: &w two\n        lines, [folded]\n", "\n      width: &w two lines, [folded]"),
        ("{a: 1, &w b: c, c: *w }", "{a: 1, &w b: c, c: *w}"),
    ],
)
def test_scalars_keep_their_meaning(written, expected):
    text = f"clspec: 1\nmodels:\n  Net:\n    params: {written}\n"
    if expected is None:
        with pytest.raises(SpecError):
            formatted(text)
        return
    once = formatted(text)
    assert once == f"clspec: 1\nmodels:\n  Net:\n    params:{' ' * (expected[0] != chr(10))}{expected}\n"
    assert formatted(once) == once


def test_an_alias_that_is_a_key_stays_one():
    text = "clspec: 1\nmodels:\n  Net:\n    doc: &k width\n    params: {*k :   1}\n"
    assert formatted(text).endswith("    params: {*k : 1}\n")


def test_too_many_aliases_are_refused_by_their_bound_before_anything_is_written_out():
    levels = [f"l{n}: &l{n} [{', '.join([f'*l{n - 1}'] * 9)}]" for n in range(1, 12)]
    text = "clspec: 1\nstreams: {l0: &l0 [1]}\nmodels: {" + ", ".join(levels) + "}\n"
    with pytest.raises(SpecError) as caught:
        formatted(text)
    assert [found.code for found in caught.value.diagnostics] == ["CL014"]


def test_the_construct_is_formatted_and_converted_text_has_no_alias():
    source = load(ROOT / "tests" / "constructs" / "yaml_anchors.yaml")
    once = formatted(source.text)
    assert once.count("&") == source.text.count("&") and once.count("*") == source.text.count("*")
    assert "*" not in convert(source, "yaml", lambda _: None)
