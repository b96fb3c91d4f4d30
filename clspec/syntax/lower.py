"""Regroups a `Document` into the `Spec` that every later stage reads: the same one, whatever syntax it came from."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace

from clspec.diagnostics import Diagnostic, Related
from clspec.ir.rules import WrittenRule
from clspec.ir.spec import Budget, Group, Model, Node, Output, Spec, Stream, Use
from clspec.source import Span
from clspec.syntax.document import Document, Edition, GroupStatement, ModelStatement, Statement
from clspec.syntax.edition import NEWEST_EDITION, check_edition


def lower(document: Document) -> tuple[Spec | None, list[Diagnostic]]:
    """The spec that a document says, and what is wrong with its edition; no spec where that is not known."""
    diagnostics = _check_editions(document)
    if not document.statements or any(found.code == "CL007" for found in diagnostics):
        return None, diagnostics
    editions = [s.number for s in document.statements if isinstance(s, Edition)]
    text = document.source.text
    spec = Spec(
        edition=editions[0] if editions else NEWEST_EDITION,
        uses=tuple(s for s in document.statements if isinstance(s, Use)),
        streams=tuple(s for s in document.statements if isinstance(s, Stream)),
        models=tuple(_model(s) for s in document.statements if isinstance(s, ModelStatement)),
        file=document.source.name,
        syntax=document.syntax,
        broken=document.broken,
        span=Span(document.source, 0, len(text)),
    )
    return spec, diagnostics


def _check_editions(document: Document) -> list[Diagnostic]:
    if not document.statements:
        return [empty(Span(document.source, 0, 0), document.syntax)]
    line = first_line(document.syntax)
    editions = [s for s in document.statements if isinstance(s, Edition)]
    first = document.statements[0]
    if not editions:
        if any(broken.span.start < first.span.start for broken in document.broken):
            return []  # it may well be the edition that could not be read
        return [edition_missing(first.span, document.syntax)]
    found = [check_edition(edition.number, edition.span) for edition in editions]
    if first is not editions[0]:
        message = "the edition must come before everything else"
        found.append(Diagnostic("CL006", message, editions[0].span, f"start the file with `{line}`"))
    for again in editions[1:]:
        related = (Related("first given here", editions[0].span),)
        found.append(Diagnostic("CL010", "the edition is given twice", again.span, "keep one of the two", related))
    return [diagnostic for diagnostic in found if diagnostic is not None]


def empty(span: Span, syntax: str) -> Diagnostic:
    """The finding for a file that says nothing."""
    return Diagnostic("CL004", "the spec is empty", span, f"a spec starts with `{first_line(syntax)}`")


def edition_missing(span: Span, syntax: str) -> Diagnostic:
    """The finding for a file that says something, but not in which edition."""
    return Diagnostic("CL006", "the edition is missing", _head(span), f"start the file with `{first_line(syntax)}`")


def first_line(syntax: str) -> str:
    """What a spec of a syntax starts with."""
    return f"clspec{':' if syntax == 'yaml' else ''} {NEWEST_EDITION}"


def _head(span: Span) -> Span:
    """The first line of a statement: carets under a whole model say nothing."""
    end = span.source.text.find("\n", span.start, span.end)
    return span if end < 0 else Span(span.source, span.start, end)


def _model(statement: ModelStatement) -> Model:
    return Model(
        name=statement.name,
        doc=statement.doc,
        parameters=statement.parameters,
        body=_body(statement.body),
        rules=_rules(statement.body),
        outputs=_outputs(statement.body),
        budgets=tuple(s for s in statement.body if isinstance(s, Budget)),
        span=statement.span,
    )


def _group(statement: GroupStatement) -> Group:
    return Group(
        name=statement.name,
        sources=statement.sources,
        body=_body(statement.body),
        rules=_rules(statement.body),
        outputs=_outputs(statement.body),
        span=statement.span,
    )


def _body(statements: Iterable[Statement]) -> tuple[Node | Group, ...]:
    parts = [s for s in statements if isinstance(s, (Node, GroupStatement))]
    return tuple(_group(part) if isinstance(part, GroupStatement) else part for part in parts)


def _rules(statements: Iterable[Statement]) -> tuple[WrittenRule, ...]:
    parts = 0
    rules: list[WrittenRule] = []
    for statement in statements:
        parts += isinstance(statement, (Node, GroupStatement))
        if isinstance(statement, WrittenRule):
            rules.append(replace(statement, parts_above=parts))
    return tuple(rules)


def _outputs(statements: Iterable[Statement]) -> tuple[Output, ...]:
    return merge_outputs([s for s in statements if isinstance(s, Output)])


def merge_outputs(outputs: Sequence[Output]) -> tuple[Output, ...]:
    """One output a mode: `output a` and `output b` say what `output a, b` says."""
    merged: dict[str | None, Output] = {}
    for output in outputs:
        known = merged.get(output.mode)
        merged[output.mode] = replace(known, names=known.names + output.names) if known else output
    return tuple(merged.values())
