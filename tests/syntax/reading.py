"""Specs from texts alone, whatever files they say that they use."""

from dataclasses import replace

from clspec.analyses.canonical import canonical
from clspec.diagnostics import SpecError
from clspec.syntax.lower import lower
from clspec.syntax.read import read_document


def parse(source, syntax):
    """The spec of a text; the files that it uses are not looked for."""
    spec, found = lower(read_document(source, syntax))
    if spec is None or found:
        raise SpecError(found)
    return canonical(replace(spec, used=(None,) * len(spec.uses)))
