"""Another name for a model, a part, a parameter, a stream or a used file, wherever it is written."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import replace

from clspec.editor.edits import Edit, edited
from clspec.editor.files import files_of
from clspec.editor.symbols import Occurrence, Symbol, symbol_at
from clspec.editor.view import View
from clspec.source import SourceFile, Span, file_name

_NAME = re.compile("[A-Za-z][A-Za-z0-9_]*")
_GIVEN_BY_SPECS = ("model", "parameter", "part", "stream", "file")


class RenameError(Exception):
    """A name that cannot be given, or not here; the message says why."""


def renamable(view: View, offset: int) -> Span:
    """The name at a place, where it can be another. Raises RenameError."""
    return _named(view, offset).span


def rename(view: View, offset: int, name: str, others: Iterable[View] = ()) -> list[Edit]:
    """What gives the name at a place another: in this text, in the files that it uses, and in `others` that use those.

    Raises RenameError. A name that would make one of these specs wrong is refused in the words of its finding.
    """
    symbol = _named(view, offset).symbol
    if not _NAME.fullmatch(name):
        raise RenameError(f'"{name}" cannot be a name: letters, digits and underscores, starting with a letter')
    changed = [(each, _edits(each, symbol, name)) for each in _once((view, *_used(view), *others))]
    changed = [(each, edits) for each, edits in changed if edits]
    texts = {each.source.name: edited(each.source.text, edits) for each, edits in changed}
    for each, _ in changed:
        _judge(each, symbol, name, texts)
    return [edit for _, edits in changed for edit in edits]


def _named(view: View, offset: int) -> Occurrence:
    here = symbol_at(view.names, offset)
    if here is None:
        raise RenameError("there is no name here, or the text around it cannot be read")
    if here.symbol.what not in _GIVEN_BY_SPECS:
        what = {"kind": "a component", "argument": "an argument of a component"}.get(here.symbol.what)
        raise RenameError(f'"{here.symbol.name}" is {what or "inside a backbone"}: a spec cannot name it otherwise')
    return here


def _used(view: View) -> Iterator[View]:
    for each in files_of(view.spec) if view.spec else ():
        yield View(each.span.source, each.syntax, view.desk)


def _once(views: Iterable[View]) -> Iterator[View]:
    yield from {view.source.name: view for view in reversed([*views])}.values()


def _edits(view: View, symbol: Symbol, name: str) -> list[Edit]:
    return [_edit(view, each, name) for each in view.names if each.symbol == symbol]


def _edit(view: View, here: Occurrence, name: str) -> Edit:
    """The edit at one place. What is unsaid there is said: the name of an input, of a used file."""
    span, old = here.span, here.symbol.name
    if span.text == old:
        return Edit(span, name)
    clspec = view.syntax == "clspec"
    if here.symbol.what == "file" and here.gives:
        return Edit(span, f"{span.text} as {name}" if clspec else f"{{path: {span.text}, as: {name}}}")
    if here.symbol.what == "part" and here.gives and span.text == "input":
        return Edit(span, f"input {name} =")
    raise RenameError(f'"{old}" is not written plainly at {span.place}')


def _judge(view: View, symbol: Symbol, name: str, texts: dict[str, str]) -> None:
    """Raises RenameError where a text would have another finding, or a name in it would stand for something else."""
    source = SourceFile(view.source.name, texts[view.source.name])
    after = View(source, view.syntax, replace(view.desk, texts={**view.desk.texts, **texts}))
    errors = [found for found in after.findings if found.severity == "error"]
    before = Counter(found.code for found in view.findings if found.severity == "error") if errors else Counter[str]()
    for finding in errors:
        before[finding.code] -= 1
        if before[finding.code] < 0:
            raise RenameError(finding.message)
    meant = [_with_name(each.symbol, symbol, name) for each in view.names]
    if [each.symbol for each in after.names] != meant:
        raise RenameError(f'"{name}" means something else already in {file_name(view.source.name)}')


_BELOW = {"model": ("model", "parameter", "part", "inside"), "part": ("part", "inside")}
"""What the name of a symbol is part of the path of."""


def _with_name(each: Symbol, symbol: Symbol, name: str) -> Symbol:
    """A symbol as it is once another has a name."""
    length = len(symbol.path)
    below = each.what in _BELOW.get(symbol.what, (symbol.what,))
    if not below or each.file != symbol.file or each.path[:length] != symbol.path:
        return each
    return replace(each, path=(*symbol.path[:-1], name, *each.path[length:]))
