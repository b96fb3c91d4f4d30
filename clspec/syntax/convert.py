"""From one syntax to the other: the same spec, its comments as near to their places as the other side can hold them."""

from __future__ import annotations

from clspec.diagnostics import SpecError
from clspec.source import SourceFile
from clspec.syntax.lower import lower
from clspec.syntax.printer import print_document
from clspec.syntax.read import Syntax, read_document
from clspec.syntax.yaml_printer import ArgumentNames, print_yaml


def convert(source: SourceFile, syntax: Syntax, argument_names: ArgumentNames) -> str:
    """The text of a spec in the syntax that it is not written in.

    `argument_names` gives the arguments of a component in order: YAML can give them by position or by name, but not
    both in one call, so a call that mixes them needs all of its names. Raises SpecError with what is wrong with the
    spec's text, or cannot be said in the other syntax.
    """
    document = read_document(source, syntax)
    _, found = lower(document)
    if found:
        raise SpecError(found)
    return print_document(document) if syntax == "yaml" else print_yaml(document, argument_names)
