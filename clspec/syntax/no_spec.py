"""Tells a text that is no spec at all, or one in the other syntax, in one finding instead of one for every word."""

from __future__ import annotations

import re

from clspec.diagnostics import Diagnostic
from clspec.source import SourceFile, Span
from clspec.syntax.words import Locate, Word

MOST_ERRORS = 50
"""So many syntax errors of one text are shown."""
_MOST_WITHOUT_EDITION = 3
"""A text that does not even say its edition is no spec from one error more."""
_YAML = re.compile(r"^(models|streams)[ \t]*:", re.MULTILINE)
_CLSPEC = re.compile(r"(\s|#[^\n]*\n)*clspec[ \t]+[0-9]+[ \t]*(#|\r?\n|\Z)")


def no_spec(words: list[Word], text: str, found: list[Diagnostic], locate: Locate) -> list[Diagnostic] | None:
    """The findings to show for a text with these syntax errors where it is no spec; None where it may be one."""
    kinds = [word[0] for word in words[:2]]
    start = locate(words[0][2], words[0][3]) if words else None
    if kinds == ["CLSPEC", "COLON"] and _YAML.search(text):
        return [Diagnostic("CL001", "this is YAML, but it is read as clspec", start, "name the file NAME.yaml")]
    if kinds[:1] != ["CLSPEC"] and len(found) > _MOST_WITHOUT_EDITION:
        help_ = "a spec begins with `clspec 1`; `clspec init` writes a first one"
        return [Diagnostic("CL001", "this does not look like a spec", start or locate(0, 0), help_)]
    if len(found) > MOST_ERRORS:
        message = f"more than {MOST_ERRORS} syntax errors; the rest is not shown"
        more = Diagnostic("CL001", message, found[MOST_ERRORS].span)
        return [*found[:MOST_ERRORS], more]
    return None


def clspec_in_yaml(source: SourceFile) -> Diagnostic | None:
    """The finding for a text of the clspec language that is read as YAML."""
    found = _CLSPEC.match(source.text)
    if found is None:
        return None
    start = found.group().rindex("clspec")
    span = Span(source, start, start + len("clspec"))
    return Diagnostic("CL008", "this is no YAML, but the clspec language", span, "name the file NAME.clspec")
