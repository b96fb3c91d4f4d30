"""Findings for tools."""

from __future__ import annotations

import json
from collections.abc import Sequence

from clspec.diagnostics.diagnostic import Diagnostic
from clspec.source import Span


def render_json(diagnostics: Sequence[Diagnostic]) -> str:
    """A JSON list of objects `{code, severity, message, file, line, column, end_line, end_column, help, related}`."""
    return json.dumps([_as_json(d) for d in diagnostics], indent=2, ensure_ascii=False)


def range_of(span: Span | None) -> dict[str, int | None]:
    if span is None:
        return {"line": None, "column": None, "end_line": None, "end_column": None}
    return {"line": span.line, "column": span.column, "end_line": span.end_line, "end_column": span.end_column}


def _as_json(diagnostic: Diagnostic) -> dict[str, object]:
    return {
        "code": diagnostic.code,
        "severity": diagnostic.severity,
        "message": diagnostic.message,
        "file": diagnostic.path,
        **range_of(diagnostic.span),
        "help": diagnostic.help,
        "related": [
            {"message": related.message, "file": related.span.source.name, **range_of(related.span)}
            for related in diagnostic.related
        ],
    }
