"""Whatever the text: a spec or findings whose places lie inside it, and never another exception."""

import re
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from clspec.diagnostics import SpecError, render_full, render_json
from clspec.source import SourceFile
from tests.syntax.reading import parse

HERE = Path(__file__).parent
SPECS = {
    "clspec": [(HERE / name).read_text() for name in ("first.clspec", "two_heads.clspec", "twin.clspec")],
    "yaml": [(HERE / name).read_text() for name in ("two_heads.yaml", "twin.yaml")],
}
STRAY = [*"{}[]()=:,;.#\"'$&*!|>-\t\r\x00\ufeff\ud800é", "..", "1e999", "none", "head", "until", "model", "${", "${}"]


@st.composite
def damaged(draw):
    """One of the specs with words taken out, swapped and put in."""
    syntax = draw(st.sampled_from(["clspec", "yaml"]))
    words = re.findall(r"\w+|\s+|[^\w\s]", draw(st.sampled_from(SPECS[syntax])))
    for _ in range(draw(st.integers(1, 6))):
        here, there = draw(st.integers(0, len(words) - 1)), draw(st.integers(0, len(words) - 1))
        match draw(st.sampled_from(["take out", "swap", "put in", "cut"])):
            case "take out":
                words[here] = ""
            case "swap":
                words[here], words[there] = words[there], words[here]
            case "put in":
                words.insert(here, draw(st.sampled_from(STRAY)))
            case _:
                words = words[: max(here, 1)]
    return syntax, "".join(words)


def check(syntax, text):
    try:
        parse(SourceFile("t", text), syntax)
    except SpecError as error:
        assert error.diagnostics
        assert render_full(error.diagnostics)
        assert render_json(error.diagnostics)
        for found in error.diagnostics:
            assert found.span is not None
            assert 0 <= found.span.start <= found.span.end <= len(text)


@settings(deadline=None, max_examples=150)
@given(damaged())
def test_damaged_specs(spec):
    check(*spec)


@settings(deadline=None, max_examples=100)
@given(st.sampled_from(["clspec", "yaml"]), st.binary(max_size=200).map(lambda data: data.decode("latin-1")))
def test_noise(syntax, text):
    check(syntax, text)


@pytest.mark.parametrize("syntax", ["clspec", "yaml"])
@pytest.mark.parametrize(
    "text", ["(", "a ", "}", "model ", "1+", '""', "''", "- ", "&a ", "neck a = b()\n", "${", '"\\']
)
def test_much_of_the_same(syntax, text):
    check(syntax, text * (1_000_000 // len(text)))
