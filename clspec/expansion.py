"""Writes a spec out in full: every argument at its default, and the own rules of every component."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

from clspec.analyses.canonical import Speller
from clspec.analyses.lookup import Models
from clspec.analyses.models import default_parameters
from clspec.analyses.names import resolve_names
from clspec.analyses.program import Block, Part
from clspec.analyses.sizes import growing_parts
from clspec.ir import values
from clspec.ir.spec import Node, Spec, Stream
from clspec.ir.values import Argument, Boolean, Call, Decimal, Identifier, Integer, Nothing, Text, Value
from clspec.reference import kinds
from clspec.source import Span
from clspec.syntax.document import Comment, Document, GroupStatement, ModelStatement, Statement, TopStatement
from clspec.syntax.printer import print_document

Scalar = int | float | str | bool | None


def expand(document: Document, spec: Spec, allow_imports: tuple[str, ...] = ()) -> str:
    """The text of a checked spec with its defaults and own rules, in the syntax that it is written in.

    Own rules stand above their parts as comments: written rules act later than own ones, so as rules they would not
    mean quite the same.
    """
    writer = _Writer(Models(spec))
    statements = tuple(writer.top(statement) for statement in document.statements)
    comments = sorted([*document.comments, *_own_rules(spec, allow_imports)], key=lambda comment: comment.span.start)
    whole = replace(document, statements=statements, comments=tuple(comments))
    if document.syntax == "yaml":
        from clspec.syntax.yaml_printer import print_yaml

        return print_yaml(whole)
    return print_document(whole)


class _Writer:
    """Writes arguments out, in statements as they stand in the text."""

    def __init__(self, models: Models) -> None:
        self.models, self.speller = models, Speller(models, frozenset())

    def top(self, statement: TopStatement) -> TopStatement:
        match statement:
            case Stream():
                return replace(statement, maker=self.call(self.speller.stream(statement).maker))
            case ModelStatement():
                own = frozenset(parameter.name.text for parameter in statement.parameters)
                return replace(statement, body=tuple(self.inner(each, own) for each in statement.body))
            case _:
                return statement

    def inner(self, statement: Statement, own: frozenset[str]) -> Statement:
        match statement:
            case Node():
                return replace(statement, component=self.value(self.speller.component(statement.component, own)))
            case GroupStatement():
                return replace(statement, body=tuple(self.inner(each, own) for each in statement.body))
            case _:
                return statement

    def value(self, value: Value) -> Value:
        match value:
            case Call():
                return self.call(value)
            case values.Sequence():
                return replace(value, items=tuple(map(self.value, value.items)))
            case _:
                return value

    def call(self, call: Call) -> Call:
        written = [replace(argument, value=self.value(argument.value)) for argument in call.arguments]
        given = {argument.name.text for argument in written if argument.name}
        # What nobody wrote stands nowhere in the text, so no comment is about it.
        place = Span(call.span.source, call.span.end, call.span.end)
        added = [
            Argument(name=Identifier(text=name, span=place), value=_literal(default, place), span=place)
            for name, default in self.defaults(call).items()
            if name not in given
        ]
        order = list(self.defaults(call, required=True))
        arguments = sorted([*written, *added], key=lambda each: order.index(each.name.text) if each.name else -1)
        return replace(call, arguments=tuple(arguments))

    def defaults(self, call: Call, *, required: bool = False) -> Mapping[str, Scalar]:
        """The arguments of what is called with their defaults; `required`: those without one too."""
        known = kinds().get(call.name.text)
        if known is not None:
            return {each.name: each.default for each in known.arguments if required or not each.required}
        found = self.models.find(call.name)
        return {} if found is None else default_parameters(found.model)


def _literal(value: Any, span: Span) -> Value:
    match value:
        case None:
            return Nothing(span=span)
        case bool():
            return Boolean(value=value, span=span)
        case int():
            return Integer(value=value, span=span)
        case float():
            return Decimal(value=value, span=span)
        case _:
            return Text(value=str(value), span=span)


def _own_rules(spec: Spec, allow_imports: tuple[str, ...]) -> Iterator[Comment]:
    """Comments above each part of the file whose component brings rules, but for those that stand there already."""
    scope = Models(spec)
    for model in spec.models:
        block, _ = resolve_names(scope, model, default_parameters(model), allow_imports)
        nodes = {node.name.span: node for node in _nodes(model.body)}
        for part in _parts(block):
            node = nodes.get(part.span)
            if node is None:
                continue
            source, before, above = node.span.source, node.span.start - 1, _lines_above(node.span)
            for text in [f"# own rule: {rule}" for rule in _rules_of(part)]:
                if text not in above:
                    yield Comment(text=text, own_line=True, span=Span(source, before, before))


def _lines_above(span: Span) -> list[str]:
    """The comments right above a part."""
    found: list[str] = []
    line = span.line - 1
    while line and (text := span.source.line_text(line).strip()).startswith("#"):
        found.append(text)
        line -= 1
    return found


def _nodes(body: Any) -> Iterator[Node]:
    for part in body:
        if isinstance(part, Node):
            yield part
        else:
            yield from _nodes(part.body)


def _parts(block: Block) -> Iterator[Part]:
    """The parts that stand in the model itself: nested models say their own."""
    for part in block.parts:
        if part.block is not None and part.block.kind == "group":
            yield from _parts(part.block)
        else:
            yield part


def _rules_of(part: Part) -> list[str]:
    if part.component is None:
        return []
    return [
        str(rule).replace(" self", f" {path}")
        for path, component in growing_parts(part.name, part.component)
        for rule in component.own_rules()
    ]
