"""What is told to a user: findings in a spec, their codes, and how they are printed.

What only a spec with errors needs is loaded where it is first named.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

from clspec.diagnostics.diagnostic import (
    MOST_USES,
    OF_VALUES,
    Diagnostic,
    Findings,
    Related,
    SpecError,
    SpecWarning,
    without_echoes,
)
from clspec.diagnostics.suggestions import choices_help, nearest, nearest_networks

if TYPE_CHECKING:
    from clspec.diagnostics.codes import CODES
    from clspec.diagnostics.rendering.as_json import render_json
    from clspec.diagnostics.rendering.concise import render_concise
    from clspec.diagnostics.rendering.full import Paint, Piece, render_full
    from clspec.diagnostics.rendering.github import render_github

_HOME = {
    "CODES": "codes",
    **dict.fromkeys(("Paint", "Piece", "render_full"), "rendering.full"),
    "render_concise": "rendering.concise",
    "render_github": "rendering.github",
    "render_json": "rendering.as_json",
}

__all__ = [
    "CODES", "MOST_USES", "OF_VALUES", "Diagnostic", "Findings", "Paint", "Piece", "Related", "SpecError",
    "SpecWarning", "choices_help", "nearest", "nearest_networks", "render_concise", "render_full", "render_github",
    "render_json", "without_echoes",
]  # fmt: skip


def __getattr__(name: str) -> Any:
    if name in _HOME:
        return getattr(import_module(f"{__name__}.{_HOME[name]}"), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
