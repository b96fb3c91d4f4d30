"""Texts with the cursor in them, written as `|`."""

from __future__ import annotations

from pathlib import Path

from clspec.editor.view import Desk, View
from clspec.source import SourceFile
from clspec.syntax.read import syntax_of

CURSOR = "|"


def view_of(text: str, name: str = "/nowhere/net.clspec", **texts: str) -> View:
    """A view of a text; `texts` are open beside it, by their stems."""
    opened = {str(Path(name).with_name(f"{stem}.clspec")): other for stem, other in texts.items()}
    return View(SourceFile(name, text), syntax_of(name), Desk(opened))


def with_cursor(text: str) -> tuple[str, int]:
    """The text without its cursor, and where that was."""
    assert text.count(CURSOR) == 1, text
    return text.replace(CURSOR, ""), text.index(CURSOR)
