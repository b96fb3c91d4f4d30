"""Changes of texts, as an editor carries them out."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from clspec.diagnostics import Diagnostic, SpecError, fixes_of
from clspec.editor.view import View
from clspec.source import Span
from clspec.syntax.format import format_text


@dataclass(frozen=True)
class Edit:
    """Put `text` in the place of `span`, which names its file."""

    span: Span
    text: str


def edited(text: str, edits: Iterable[Edit]) -> str:
    """A text with edits of it carried out; they do not overlap."""
    for edit in sorted(edits, key=lambda each: each.span.start, reverse=True):
        text = text[: edit.span.start] + edit.text + text[edit.span.end :]
    return text


def formatting(view: View) -> list[Edit]:
    """What makes a text canonical; [] where it is, and where it cannot be read: its findings say why.

    Only the lines that differ are touched, so that a cursor elsewhere stays where it is.
    """
    try:
        after = format_text(view.source, view.syntax)
    except SpecError:
        return []
    before = view.source.text
    old, new = before.splitlines(keepends=True), after.splitlines(keepends=True)
    if old == new:
        return []
    head = _alike(old, new)
    tail = _alike(old[head:][::-1], new[head:][::-1])
    start, end = len("".join(old[:head])), len(before) - len("".join(old[len(old) - tail :]))
    return [Edit(Span(view.source, start, end), "".join(new[head : len(new) - tail]))]


def _alike(one: Sequence[str], other: Sequence[str]) -> int:
    """With how many same lines two texts begin."""
    same = 0
    while same < min(len(one), len(other)) and one[same] == other[same]:
        same += 1
    return same


@dataclass(frozen=True)
class Action:
    """A way to mend a finding."""

    title: str
    finding: Diagnostic
    edits: tuple[Edit, ...]
    only: bool
    """Whether there is no other way."""


def actions(view: View, start: int, end: int) -> list[Action]:
    """The ways to mend what is wrong between two places of a text."""
    found: list[Action] = []
    for finding in view.findings:
        if finding.span is not None and finding.span.start <= end and start <= finding.span.end:
            fixes = fixes_of(finding)
            found += [Action(fix.title, finding, (Edit(fix.span, fix.text),), len(fixes) == 1) for fix in fixes]
    return found
