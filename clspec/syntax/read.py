"""From a file to a `Document`, or to one error with everything that is wrong."""

from __future__ import annotations

import os
import re
from pathlib import Path
from typing import Literal, NoReturn

from clspec.diagnostics import Diagnostic, SpecError
from clspec.source import SourceFile, Span
from clspec.syntax.counts import check_counts
from clspec.syntax.document import Document
from clspec.syntax.lower import first_line
from clspec.syntax.words import LONGEST_TEXT

Syntax = Literal["clspec", "yaml"]
_BYTE_ORDER_MARK = "\ufeff"
_YAML_EDITION = re.compile(r"""^[ \t]*["']?clspec["']?[ \t]*:""", re.MULTILINE)


def syntax_of(path: str | os.PathLike[str]) -> Syntax:
    """The syntax that a file's suffix says: YAML for `.yaml` and `.yml`, else the clspec language."""
    return "yaml" if Path(path).suffix.lower() in (".yaml", ".yml") else "clspec"


def load(path: str | os.PathLike[str]) -> SourceFile:
    """The text of a file, under its path as given. Raises `SpecError` where it cannot be read."""
    return decode(os.fspath(path), _bytes(path))


def syntax_of_text(text: str) -> Syntax:
    """The syntax of a text without a file name: YAML says its edition by a key."""
    return "yaml" if _YAML_EDITION.search(text) else "clspec"


def _bytes(path: str | os.PathLike[str]) -> bytes:
    name = os.fspath(path)
    try:
        with Path(name).open("rb") as file:
            return file.read(LONGEST_TEXT + 1)
    except (OSError, ValueError) as error:  # ValueError: a NUL in the path
        reason = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
        help_ = "name a file in it" if isinstance(error, IsADirectoryError) else None
        if "\n" in name:
            name, help_ = name.partition("\n")[0] + "...", "a spec's text is read by clspec.parse_string"
        _fail(name, "CL005", f'cannot read "{name}": {reason.lower()}', help_)


def decode(name: str, data: bytes) -> SourceFile:
    """The text that the bytes of a spec say. Raises `SpecError` where they say none."""
    if len(data) > LONGEST_TEXT:
        _fail(name, "CL011", f"the file is larger than {LONGEST_TEXT:,} bytes")
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        wide = data.startswith((b"\xff\xfe", b"\xfe\xff"))
        help_ = "the file looks like UTF-16; save it as UTF-8" if wide else "save the file as UTF-8"
        message = f"line {line}: byte 0x{data[error.start]:02x} at offset {error.start} is not UTF-8"
        source = SourceFile(name, data.decode("utf-8", "replace"))
        start = len(data[: error.start].decode("utf-8"))
        raise SpecError([Diagnostic("CL003", message, Span(source, start, start + 1), help_)]) from None
    source = SourceFile(name, text.removeprefix(_BYTE_ORDER_MARK))
    if not source.text.strip():
        _fail(name, "CL004", "the spec is empty", f"a spec starts with `{first_line(syntax_of(name))}`")
    return source


def read_document(source: SourceFile, syntax: Syntax) -> Document:
    """The document that a text says. Raises `SpecError` with every syntax error."""
    document, diagnostics = read(source, syntax)
    if document is None or diagnostics:
        raise SpecError(diagnostics)
    return document


def read(source: SourceFile, syntax: Syntax) -> tuple[Document | None, list[Diagnostic]]:
    """The document that a text says and what is wrong with it; one with wrong values alone can still be checked."""
    if source.text.startswith(_BYTE_ORDER_MARK):
        source = SourceFile(source.name, source.text[1:])
    # Each front end brings its own library: only the one that is needed is imported.
    if syntax == "yaml":
        from clspec.syntax.yaml import read_yaml as front_end
    else:
        from clspec.syntax.dsl import read_clspec as front_end
    document, found = front_end(source)
    if syntax == "yaml" and found:
        from clspec.syntax.yaml_hints import in_yaml

        found = [in_yaml(each) for each in found]
    too_many = [] if document is None else check_counts(document)
    return (None, [*found, *too_many]) if too_many else (document, found)


def _fail(name: str, code: str, message: str, help_: str | None = None) -> NoReturn:
    raise SpecError([Diagnostic(code, message, None, help_, file=name)])
