"""From one syntax to the other: the same spec, its comments as near to their places as the other side can hold them."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace

from clspec.diagnostics import SpecError
from clspec.source import SourceFile
from clspec.syntax.document import Document
from clspec.syntax.format import format_text
from clspec.syntax.lower import lower
from clspec.syntax.printer import print_document
from clspec.syntax.read import Syntax, read_document
from clspec.syntax.yaml_nodes import UNREADABLE
from clspec.syntax.yaml_printer import ArgumentNames, print_yaml

_LINE_BREAK = re.compile("[\r\x85\u2028\u2029]")


def convert(
    source: SourceFile,
    syntax: Syntax,
    argument_names: ArgumentNames,
    prepare: Callable[[Document], Document] = lambda document: document,
) -> str:
    """The text of a spec in the syntax that it is not written in, of its document as `prepare` makes it.

    `argument_names` gives the arguments of a component in order: YAML can give them by position or by name, but not
    both in one call, so a call that mixes them needs all of its names. Raises SpecError with what is wrong with the
    spec's text, or cannot be said in the other syntax.
    """
    document = read_document(source, syntax)
    _, found = lower(document)
    if found:
        raise SpecError(found)
    document = prepare(document)
    other: Syntax = "clspec" if syntax == "yaml" else "yaml"
    text = print_document(document) if syntax == "yaml" else print_yaml(_for_yaml(document), argument_names)
    # A comment that found no place of its own on the other side has one now: what comes out is what `fmt` would write.
    return format_text(SourceFile(source.name, text), other)


def _for_yaml(document: Document) -> Document:
    """With comments that YAML can hold: there, not only a line feed ends one, and some characters cannot stand."""
    return replace(document, comments=tuple(replace(each, text=_in_yaml(each.text)) for each in document.comments))


def _in_yaml(comment: str) -> str:
    # A comment that ended early would go on as keys of the spec.
    return UNREADABLE.sub("\N{REPLACEMENT CHARACTER}", _LINE_BREAK.sub(" ", comment))
