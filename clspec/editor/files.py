"""The files of a spec, and where a name is given in them."""

from __future__ import annotations

from collections.abc import Iterator

from clspec.analyses.lookup import alias_of
from clspec.editor.symbols import Symbol, occurrences
from clspec.ir.spec import Spec
from clspec.source import Span


def files_of(spec: Spec) -> Iterator[Spec]:
    """The spec itself, then the files that it uses, each once."""
    seen: set[str] = set()
    pending = [spec]
    while pending:
        each = pending.pop(0)
        if each.file not in seen:
            seen.add(each.file)
            yield each
            pending += [used for used in each.used if used is not None]


def given_at(spec: Spec, symbol: Symbol) -> Span | None:
    """The place where a name is given; None for one of the language itself, and for one inside a backbone."""
    for each in files_of(spec) if symbol.file else ():
        if each.file == symbol.file:
            return next((here.span for here in occurrences(each) if here.gives and here.symbol == symbol), None)
    return None


def used_file(spec: Spec, symbol: Symbol) -> Spec | None:
    """The file that a name of a `use` stands for."""
    for use, used in zip(spec.uses, spec.used, strict=True):
        if alias_of(use) == symbol.name:
            return used
    return None
