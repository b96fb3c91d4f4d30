"""Where a name is given: in this file or in one that it uses."""

from __future__ import annotations

from clspec.editor.files import given_at, used_file
from clspec.editor.symbols import symbol_at
from clspec.editor.view import View
from clspec.source import Span


def definition(view: View, offset: int) -> Span | None:
    """The place where the name at a place is given. A file, by its path or its name, is given at its own beginning."""
    if view.spec is None or (here := symbol_at(view.names, offset)) is None:
        return None
    if here.symbol.what == "file":
        used = used_file(view.spec, here.symbol)
        return None if used is None else Span(used.span.source, 0, 0)
    return given_at(view.spec, here.symbol)
