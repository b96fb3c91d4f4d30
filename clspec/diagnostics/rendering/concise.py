"""Findings in a line each."""

from __future__ import annotations

from collections.abc import Sequence

from clspec.diagnostics.diagnostic import Diagnostic
from clspec.diagnostics.rendering.full import visible


def render_concise(diagnostics: Sequence[Diagnostic]) -> str:
    """One line a finding."""
    return "\n".join(visible(f"{d.place}: {d.severity}[{d.code}]: {d.message}") for d in diagnostics)
