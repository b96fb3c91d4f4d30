"""One canonical text for a spec, in the syntax it was written in."""

from __future__ import annotations

from clspec.source import SourceFile
from clspec.syntax.document import Document
from clspec.syntax.printer import print_document
from clspec.syntax.read import Syntax, read_document


def format_text(source: SourceFile, syntax: Syntax) -> str:
    """The canonical text of a spec. Raises SpecError where it cannot be read."""
    document = read_document(source, syntax)
    text = _print(document)
    _compare(document, read_document(SourceFile(source.name, text), syntax))
    return text.replace("\n", "\r\n") if _uses_crlf(source.text) else text


def _print(document: Document) -> str:
    if document.syntax == "yaml":
        from clspec.syntax.yaml_comments import uses_anchors
        from clspec.syntax.yaml_printer import print_as_written, print_yaml

        return print_as_written(document) if uses_anchors(document.source) else print_yaml(document)
    return print_document(document)


def _compare(before: Document, after: Document) -> None:
    """A fault of ours must never reach a user's file: what was printed has to say what was read."""
    same_comments = sorted(c.text for c in before.comments) == sorted(c.text for c in after.comments)
    if before.statements != after.statements or not same_comments:
        raise RuntimeError(f"formatting would change {before.source.name}; it was left as it is")


def _uses_crlf(text: str) -> bool:
    first = text.find("\n")
    return first > 0 and text[first - 1] == "\r"
