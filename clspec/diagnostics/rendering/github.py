"""Findings as notes on a pull request."""

from __future__ import annotations

from collections.abc import Sequence

from clspec.diagnostics.diagnostic import Diagnostic
from clspec.diagnostics.rendering.as_json import range_of


def render_github(diagnostics: Sequence[Diagnostic]) -> str:
    """GitHub's workflow commands: each finding becomes a note at its line of a pull request."""
    return "\n".join(map(_github, diagnostics))


def _github(diagnostic: Diagnostic) -> str:
    names = {"line": "line", "column": "col", "end_line": "endLine", "end_column": "endColumn"}
    places = {names[key]: value for key, value in range_of(diagnostic.span).items() if value is not None}
    properties = {"file": diagnostic.path, **places, "title": f"clspec {diagnostic.code}"}
    listed = ",".join(f"{key}={_escape(str(value), inside=True)}" for key, value in properties.items())
    message = diagnostic.message + (f"\nhelp: {diagnostic.help}" if diagnostic.help else "")
    return f"::{diagnostic.severity} {listed}::{_escape(message)}"


def _escape(text: str, *, inside: bool = False) -> str:
    """Characters that would end a workflow command, or one of its properties."""
    for character in "%\r\n:," if inside else "%\r\n":
        text = text.replace(character, f"%{ord(character):02X}")
    return text
