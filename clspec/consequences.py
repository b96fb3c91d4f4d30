"""What is told of what the analyses find: nothing that only follows from text that could not be read.

And hints in the syntax of the file that they are for.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence

from clspec.diagnostics import Diagnostic
from clspec.ir.spec import Broken, Spec
from clspec.source import Span
from clspec.syntax.words import UNKNOWN

_OF_THE_WHOLE = ("CL105", "CL107", "CL303", "CL304", "CL305", "CL503")
"""Codes of what is missing from a whole model or file, or follows from all of it: a broken statement may be why."""
_LOOKED_UP = {
    None: (),
    "part": ("CL101", "CL113", "CL116", "CL401"),
    "model": ("CL101", "CL110", "CL113", "CL116", "CL201", "CL202", "CL205", "CL401"),
}
"""Codes of names that were looked up in vain: a broken statement without a name may be what defines them."""
_NAME = re.compile(r"[^\W\d]\w*")
_QUOTED = re.compile(r'["`]([^"`]*)["`]|\(([^)]*)\)')


def without_consequences(spec: Spec, found: Sequence[Diagnostic]) -> list[Diagnostic]:
    """The findings that stand whatever the broken statements of a spec, and of the files it uses, were meant to say."""
    broken = list(_broken(spec))
    if not broken:
        return list(found)
    unsure = {*_OF_THE_WHOLE, *(code for each in broken for code in _LOOKED_UP[each.nameless])}
    spans = [each.span for each in broken]
    names = {UNKNOWN} | {name for span in spans for name in _NAME.findall(span.text)}
    return [each for each in found if each.code not in unsure and not _follows(each, spans, names)]


def in_their_syntax(spec: Spec, found: Sequence[Diagnostic]) -> list[Diagnostic]:
    """The findings with their hints written as YAML where they are for a YAML file."""
    files = set(_yaml_files(spec)) if found else set[str]()
    if not files:
        return list(found)
    from clspec.syntax.yaml_hints import in_yaml

    return [in_yaml(each) if each.path in files else each for each in found]


def _yaml_files(spec: Spec) -> Iterator[str]:
    if spec.syntax == "yaml":
        yield spec.file
    for used in spec.used:
        if used is not None:
            yield from _yaml_files(used)


def _broken(spec: Spec) -> Iterator[Broken]:
    yield from spec.broken
    for used in spec.used:
        if used is not None:
            yield from _broken(used)


def _follows(finding: Diagnostic, broken: Iterable[Span], names: set[str]) -> bool:
    """Whether a finding stands in a broken statement, or names what a broken statement may define."""
    places = [place for place in (finding.span, *(related.span for related in finding.related)) if place]
    if any(place.touches(span) for place in places for span in broken):
        return True
    callee = finding.message.partition(" ")[0] if finding.code in ("CL202", "CL205") else ""
    quoted = [text for texts in _QUOTED.findall(finding.message) for text in texts]
    said = " ".join([*quoted, callee, finding.span.text if finding.span else ""])
    return not names.isdisjoint(_NAME.findall(said))
