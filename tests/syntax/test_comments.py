"""Comments stay where they stand: `fmt` moves none that has a place, `convert` none to another part of the model."""

import re

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import clspec
from clspec.source import SourceFile
from clspec.syntax.convert import convert
from clspec.syntax.format import format_text
from clspec.syntax.read import read_document
from tests.valid_specs import argument_names, valid_specs

SETTINGS = settings(deadline=None, max_examples=60, suppress_health_check=list(HealthCheck))
OTHER = {"clspec": "yaml", "yaml": "clspec"}
PART = re.compile(r"\s*(?:- )?(?:input|backbone|neck|head|group):? \"?(\w+)\"?(?= =| from| \{|$|  #)")
NO_PART = re.compile(
    r"\s*(?:\}|- (?:do|when|after):|(?:when|after|freeze|unfreeze|reset|require|output|model|stream|use) |\{ "
    r"|(?:models|streams|use|body|rules|output|require|params|doc):|$)"
)


@st.composite
def commented_specs(draw):
    """A formatted spec with comments above and behind some of its lines, and its syntax."""
    text = format_text(SourceFile("t", draw(valid_specs())), "clspec")
    syntax = draw(st.sampled_from(["clspec", "yaml"]))
    if syntax == "yaml":
        text = convert(SourceFile("t", text), "clspec", argument_names)
    lines = text.splitlines()
    chosen = draw(st.sets(st.integers(0, len(lines) - 1), min_size=1, max_size=5))
    for number in sorted(chosen, reverse=True):
        line = lines[number]
        if not line.strip():
            continue
        if draw(st.booleans()):
            lines[number] = f"{line}  # {number}"
        elif line.strip()[0] not in "})]":
            lines.insert(number, f"{' ' * (len(line) - len(line.lstrip()))}# {number}")
    return syntax, "\n".join(lines) + "\n"


def read_comments(text, syntax):
    return sorted(comment.text for comment in read_document(SourceFile("t", text), syntax).comments)


def unaligned(text):
    return re.sub(" +#", " #", text)


def part_of(lines, number):
    """The name of the part that the comment on a line is about; None where it is about something else."""
    while lines[number].lstrip().startswith("#"):
        number += 1
    for line in reversed(lines[: number + 1]):
        if found := PART.match(line):
            return found[1]
        if line.strip().startswith("input "):
            return "x"  # the name of an input that has none
        if NO_PART.match(line):
            return None
    return None


def parts(text):
    """The part of each comment by the comment's text."""
    lines = [*text.splitlines(), ""]
    return {
        found[0]: part_of(lines, number) for number, line in enumerate(lines) if (found := re.search(r"# \d+$", line))
    }


@SETTINGS
@given(commented_specs())
def test_fmt_leaves_a_comment_above_or_behind_any_line_where_it_is(spec):
    syntax, text = spec
    assert unaligned(format_text(SourceFile("t", text), syntax)) == unaligned(text)


@SETTINGS
@given(commented_specs())
def test_what_convert_writes_is_formatted_and_has_every_comment_at_its_part(spec):
    syntax, text = spec
    there = convert(SourceFile("t", text), syntax, argument_names)
    assert format_text(SourceFile("t", there), OTHER[syntax]) == there
    assert read_comments(there, OTHER[syntax]) == read_comments(text, syntax)
    assert clspec.parse_string(there, OTHER[syntax]) == clspec.parse_string(text, syntax)
    now = parts(there)
    assert {comment: now[comment] for comment, part in parts(text).items() if part} == {
        comment: part for comment, part in parts(text).items() if part
    }


def test_a_comment_behind_the_sources_of_a_group_stays_with_the_group():
    text = """clspec: 1
models:
  Net:
    body:
      - {input: x, uses: features, with: [4]}
      - group: fine
        from: [x]  # 9
        body:
          - {neck: a, uses: relu}
      - group: coarse
        from:
          - x  # 13
          - fine  # 14
        body:
          - {neck: a, uses: concat}
"""
    there = convert(SourceFile("t", text), "yaml", argument_names).splitlines()
    assert "    group fine from x {  # 9" in there
    assert there[there.index("    group coarse from x, fine {  # 14") - 1] == "    # 13"
