"""Specs as other texts that mean the same: in the other syntax, or with all defaults. For `fmt`: `syntax/format.py`."""

from __future__ import annotations

from collections.abc import Sequence

from clspec.analyses.lookup import Models, argument_names
from clspec.diagnostics import SpecError
from clspec.driver import check
from clspec.expansion import expand as write_out
from clspec.expansion import with_calls
from clspec.reading import Folders, TextLike, parse, read_source, text_of
from clspec.syntax.convert import convert as write_other
from clspec.syntax.read import read_document


def convert(spec: TextLike) -> str:
    """A spec's text in the syntax that it is not written in, with the same meaning. Raises SpecError."""
    source, syntax = text_of(spec)
    read, _ = read_source(source, syntax)  # what is wrong with it is told by whoever checks it
    models = None if read is None else Models(read)

    def names(callee: str) -> Sequence[str] | None:
        return argument_names(callee, models)

    if models is None:
        return write_other(source, syntax, names)
    return write_other(source, syntax, names, lambda document: with_calls(document, models))


def expand(spec: TextLike, allow_imports: Sequence[str] = (), allow_use: Folders = ()) -> str:
    """A spec's text with every default and own rule written out. Raises SpecError.

    The two have one plan and one meaning, but are not equal as specs: what was left unsaid is said.
    """
    found = check(spec, allow_imports=allow_imports, allow_use=allow_use)
    if any(finding.severity == "error" for finding in found):
        raise SpecError(found)
    return write_out(read_document(*text_of(spec)), parse(spec, allow_use), tuple(allow_imports))
