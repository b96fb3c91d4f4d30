"""From files and texts to specs in their one spelling, with what is wrong with them."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from typing import get_args

from clspec.analyses.canonical import canonical
from clspec.diagnostics import Diagnostic, SpecError
from clspec.ir.spec import Spec
from clspec.source import SourceFile
from clspec.syntax.read import Syntax, load, syntax_of, syntax_of_text
from clspec.syntax.uses import NO_FOLDER, Folder, Library, Texts, read_spec

TextLike = str | os.PathLike[str] | SourceFile
"""The path of a spec, or a text that was read already."""
Folders = Sequence[str | os.PathLike[str]]


def parse(path: TextLike, allow_use: Folders = ()) -> Spec:
    """Reads a spec file, `.clspec` or YAML by its suffix, and the files that it uses.

    Those lie in the spec's own folder or below; `allow_use` names other folders that they may lie in. Raises SpecError
    for what cannot be read.
    """
    return _whole(*read_source(*text_of(path), allow_use=allow_use))


def parse_string(
    text: str, syntax: Syntax = "clspec", name: str = "<string>", used: Mapping[str, str] | None = None
) -> Spec:
    """Reads a spec from a string. Raises SpecError for what it cannot read.

    `used` are the texts of the files that it uses, by their paths. Without them, they are looked for beside `name`
    where that is a path.
    """
    _judge_text(text)
    if syntax not in get_args(Syntax):
        raise ValueError(f'unknown syntax "{syntax}"; one of: {", ".join(get_args(Syntax))}')
    source = SourceFile(name, text)
    beside = NO_FOLDER if name.startswith("<") else Folder(source.folder)
    return _whole(*read_source(source, syntax, beside if used is None else Texts(used)))


def read_source(
    source: SourceFile, syntax: Syntax, library: Library | None = None, *, allow_use: Folders = ()
) -> tuple[Spec | None, list[Diagnostic]]:
    """The spec of a text and what is wrong with it; no spec where it cannot even be checked.

    The files that it uses are looked for in `library`: unless said otherwise in the folder of the text's own file, for
    standard input in the folder that the program runs in, and in those that `allow_use` names.
    """
    spec, told = read_spec(source, syntax, library or Folder(source.folder, allow_use))
    return None if spec is None else canonical(spec), told


def text_of(spec: TextLike) -> tuple[SourceFile, Syntax]:
    """The text of a spec and its syntax: by its suffix, or of a text that was read already by its edition."""
    return (spec, syntax_of_text(spec.text)) if isinstance(spec, SourceFile) else (load(spec), syntax_of(spec))


def _judge_text(text: object) -> None:
    if not isinstance(text, str):
        raise TypeError(f"the text of a spec must be a str, not {type(text).__name__}")


def _whole(spec: Spec | None, told: list[Diagnostic]) -> Spec:
    """A spec that was read with nothing wrong. Raises SpecError with what is."""
    if spec is None or told:
        raise SpecError(told)
    return spec
