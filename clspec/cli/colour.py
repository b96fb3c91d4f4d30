"""Colours on a terminal, and where there are none."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from clspec.diagnostics import Piece

_STYLES: dict[Piece, dict[str, Any]] = {
    "place": {"bold": True},
    "error": {"fg": "red", "bold": True},
    "warning": {"fg": "yellow", "bold": True},
    "gutter": {"fg": "blue"},
    "help": {"fg": "cyan"},
}


def paint(piece: Piece, text: str) -> str:
    """A piece of a finding in its colour."""
    return click.style(text, **_STYLES[piece])


def wants_colour(environment: Mapping[str, str], is_terminal: bool) -> bool:
    """Whether to write colours: `NO_COLOR` says no, `FORCE_COLOR` and `CLICOLOR_FORCE` yes, else a terminal does."""
    if environment.get("NO_COLOR"):
        return False
    if any(environment.get(name, "0") not in ("", "0") for name in ("FORCE_COLOR", "CLICOLOR_FORCE")):
        return True
    return is_terminal and environment.get("TERM") != "dumb"
