"""Which findings only follow from text that could not be read: those are left out, as nobody can act on them."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence

from clspec.diagnostics import Diagnostic
from clspec.ir.spec import Spec
from clspec.source import Span

_OF_THE_WHOLE = ("CL105", "CL107", "CL304", "CL305", "CL503")
"""Codes of what is missing from a whole model or file, or follows from all of it: a broken statement may be why."""
_NAME = re.compile(r"[^\W\d]\w*")
_QUOTED = re.compile(r'["`]([^"`]*)["`]')


def without_consequences(spec: Spec, found: Sequence[Diagnostic]) -> list[Diagnostic]:
    """The findings that stand whatever the broken statements of a spec, and of the files it uses, were meant to say."""
    broken = list(dict.fromkeys(_broken(spec)))
    if not broken:
        return list(found)
    names = {name for span in broken for name in _NAME.findall(span.text)}
    return [each for each in found if not _follows(each, broken, names)]


def _broken(spec: Spec) -> Iterator[Span]:
    yield from spec.broken
    for used in spec.used:
        if used is not None:
            yield from _broken(used)


def _follows(finding: Diagnostic, broken: Iterable[Span], names: set[str]) -> bool:
    """Whether a finding stands in a broken statement, is of the whole, or names what a broken statement may define."""
    if finding.code in _OF_THE_WHOLE:
        return True
    places = [place for place in (finding.span, *(related.span for related in finding.related)) if place]
    if any(place.touches(span) for place in places for span in broken):
        return True
    said = " ".join([*_QUOTED.findall(finding.message), finding.span.text if finding.span else ""])
    return not names.isdisjoint(_NAME.findall(said))
