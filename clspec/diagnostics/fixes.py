"""What mends a finding: its hint, where that says exactly what to write, as edits of the text."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from clspec.diagnostics.diagnostic import Diagnostic
from clspec.source import Span


@dataclass(frozen=True)
class Fix:
    """Put `text` in the place of `span`; `title` says so to a user."""

    title: str
    span: Span
    text: str


def fixes_of(finding: Diagnostic) -> tuple[Fix, ...]:
    """The ways to mend a finding, the likeliest first; () where its hint leaves something to think about."""
    if finding.span is None or not finding.help:
        return ()
    for pattern, make in _HINTS:
        if found := pattern.search(finding.help):
            return tuple(fix for fix in make(finding, finding.span, found) if fix.text != fix.span.text)
    return ()


Make = Callable[[Diagnostic, Span, "re.Match[str]"], Iterator[Fix]]
_QUOTED = re.compile('"([^"]+)"')
_PART = re.compile(r"\b(backbone|neck)\s+\w+\s*=\s*$")
_ITEM = re.compile(r"[\[,]\s*$")


def _meant(finding: Diagnostic, span: Span, found: re.Match[str]) -> Iterator[Fix]:
    """`did you mean "resnet18"?`: for the word that the message quotes, or for the end of it that is wrong."""
    wrong = max((word for word in _QUOTED.findall(finding.message) if word in span.text), key=len, default=span.text)
    if ":" in wrong:  # a key of YAML and what should follow it
        return
    start = span.start + span.text.rindex(wrong)
    for right in _QUOTED.findall(found[1]):
        end = start + len(wrong)
        if "/" in wrong:  # the folder is there, a file in it is meant
            yield Fix(f'write "{right}"', Span(span.source, start + wrong.rindex("/") + 1, end), right)
        elif "." in wrong and "." not in right and finding.code == "CL110":  # the file is there, by another name
            yield Fix(f'write "{right}"', Span(span.source, start, start + wrong.index(".")), right)
        else:
            yield Fix(f'write "{right}"', Span(span.source, start, end), right)


def _longer(finding: Diagnostic, span: Span, found: re.Match[str]) -> Iterator[Fix]:
    """`write more of the path: net.features.stage1.unit1, ...`."""
    wrong = _QUOTED.findall(finding.message)[0]
    start = span.start + span.text.rindex(wrong)
    for path in found[1].split(", "):
        if path != "...":
            yield Fix(f'write "{path}"', Span(span.source, start, start + len(wrong)), path)


def _instead(finding: Diagnostic, span: Span, found: re.Match[str]) -> Iterator[Fix]:
    yield Fix(f"write `{found[1]}`", span, found[1])


def _around(finding: Diagnostic, span: Span, found: re.Match[str]) -> Iterator[Fix]:
    """The whole of what to write: it says again what stands there, or says it in lower case."""
    whole = span.text in found[1] or span.text.lower() == found[1]
    inside_a_list = finding.code == "CL403" and found[1].startswith("{")  # of YAML, whose actions are entries
    if whole and not inside_a_list and "..." not in found[1]:
        yield from _instead(finding, span, found)


def _first_line(finding: Diagnostic, span: Span, found: re.Match[str]) -> Iterator[Fix]:
    if finding.code == "CL006" and finding.message == "the edition is missing":
        gap = "\n" if ":" in found[1] else "\n\n"
        yield Fix(f"start with `{found[1]}`", Span(span.source, span.start, span.start), found[1] + gap)


def _comparison(finding: Diagnostic, span: Span, found: re.Match[str]) -> Iterator[Fix]:
    text = span.source.text
    if span.text in ("=", "<", "=="):
        end = span.end + (span.text == "=" and text[span.end : span.end + 1] == "=")
        yield Fix("write `<=`", Span(span.source, span.start, end), "<=")


def _left_out(finding: Diagnostic, span: Span, found: re.Match[str]) -> Iterator[Fix]:
    yield Fix(f"leave `{span.text}` out", span, "")


def _closed(finding: Diagnostic, span: Span, found: re.Match[str]) -> Iterator[Fix]:
    """The bracket that the message expects."""
    expected = re.search(r"expected `([)\]}])`", finding.message)
    if expected:
        yield Fix(f"close the bracket: `{expected[1]}`", Span(span.source, span.start, span.start), expected[1])


def _first_layers(finding: Diagnostic, span: Span, found: re.Match[str]) -> Iterator[Fix]:
    """`[flatten(), ...]`: layers in front of what stands there, be it an item of a list or all of a part."""
    before = span.source.text[: span.start].rpartition("\n")[2]
    for layers in re.findall(r"`\[((?:\w+\(\)(?:, )?)+)(?:\.\.\.)?\]`", found[0]):
        first = layers.removesuffix(", ")
        if _ITEM.search(before):
            yield Fix(f"put {first} before it", span, f"{first}, {span.text}")
        elif _PART.search(before):
            yield Fix(f"put {first} before it", span, f"[{first}, {span.text}]")


_HINTS: tuple[tuple[re.Pattern[str], Make], ...] = (
    (re.compile(r"did you mean (.+?)\?"), _meant),
    (re.compile(r"write more of the path: (.+)"), _longer),
    (re.compile(r"strings stand in (?:double|straight) quotes: `(.+)`"), _instead),
    (re.compile(r"without quotes: `(.+)`"), _instead),
    (re.compile(r"write the smaller number first: `(.+)`"), _instead),
    (re.compile(r"^write `with: (.+)`$"), _instead),
    (re.compile(r"^write `([^`]+)`$"), _around),
    (re.compile(r"^write an( )ordinary space$"), _instead),
    (re.compile(r"^a part takes `(=)`"), _instead),
    (re.compile(r"start the file with `(.+)`"), _first_line),
    (re.compile(r"^the only comparison is `<=`"), _comparison),
    (re.compile(r"a statement ends by itself: leave it out|^a range has two points"), _left_out),
    (re.compile(r"^close the bracket"), _closed),
    (re.compile(r"^(?:flatten|pool) it first: .*"), _first_layers),
)
"""The hints that say exactly what to write, and the edits that this means."""
