"""Findings as a SARIF 2.1.0 log: what code scanning of GitHub and other tools read."""

from __future__ import annotations

import json
import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any
from urllib.parse import quote

from clspec.diagnostics.codes import CODES
from clspec.diagnostics.diagnostic import Diagnostic
from clspec.diagnostics.fixes import Fix, fixes_of
from clspec.shipped import shipped_text
from clspec.source import Span
from clspec.version import VERSION

Json = dict[str, Any]


def render_sarif(diagnostics: Sequence[Diagnostic]) -> str:
    """One run with a result a finding and a rule a code, each with its page of help.

    Columns are counted in UTF-16 code units and said to be: so does every reader that does not look.
    """
    codes = sorted({diagnostic.code for diagnostic in diagnostics})
    driver: Json = {"name": "clspec", "semanticVersion": VERSION, "rules": [_rule(code) for code in codes]}
    results = [_result(diagnostic, codes.index(diagnostic.code)) for diagnostic in diagnostics]
    run: Json = {"tool": {"driver": driver}, "columnKind": "utf16CodeUnits", "results": results}
    log: Json = {"$schema": "https://json.schemastore.org/sarif-2.1.0.json", "version": "2.1.0", "runs": [run]}
    return json.dumps(log, indent=2, ensure_ascii=False)


def _rule(code: str) -> Json:
    page = shipped_text(f"errors/{code}.md", f"docs/errors/{code}.md")
    why = page.partition("\n\n")[2].partition("\n\n")[0]
    return {
        "id": code,
        "shortDescription": {"text": CODES[code]},
        "fullDescription": {"text": " ".join(why.split())},
        "help": {"text": page, "markdown": page},
        "properties": {"tags": ["clspec"]},
    }


def _result(finding: Diagnostic, rule: int) -> Json:
    message = finding.message + (f"\nhelp: {finding.help}" if finding.help else "")
    result: Json = {
        "ruleId": finding.code,
        "ruleIndex": rule,
        "level": finding.severity,
        "message": {"text": message},
        "locations": [{"physicalLocation": _place(finding.span, finding.path)}],
    }
    if finding.related:
        result["relatedLocations"] = [
            {"message": {"text": each.message}, "physicalLocation": _place(each.span, each.span.source.name)}
            for each in finding.related
        ]
    if fixes := fixes_of(finding):
        result["fixes"] = [_fix(fix) for fix in fixes]
    return result


def _fix(fix: Fix) -> Json:
    replacement = {"deletedRegion": _region(fix.span), "insertedContent": {"text": fix.text}}
    change = {"artifactLocation": _artifact(fix.span.source.name), "replacements": [replacement]}
    return {"description": {"text": fix.title}, "artifactChanges": [change]}


def _place(span: Span | None, path: str) -> Json:
    place: Json = {"artifactLocation": _artifact(path)}
    return place if span is None else place | {"region": _region(span)}


def _artifact(path: str) -> Json:
    """A file by its path from the current folder, which for code scanning is that of the repository."""
    here = Path.cwd()
    full = Path(os.path.normpath(here / path))
    if not full.is_relative_to(here):
        return {"uri": full.as_uri()}
    return {"uri": quote(full.relative_to(here).as_posix()), "uriBaseId": "%SRCROOT%"}


def _region(span: Span) -> Json:
    (line, column), (end_line, end_column) = (span.source.position_in("utf-16", at) for at in (span.start, span.end))
    return {"startLine": line, "startColumn": column, "endLine": end_line, "endColumn": end_column}
