"""Writes a spec out in full: every argument at its default, and the own rules of every component."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any, cast

from clspec.analyses.canonical import Speller
from clspec.analyses.evaluate import EvaluationError, evaluate
from clspec.analyses.lookup import Models
from clspec.analyses.models import default_parameters
from clspec.analyses.names import resolve_names
from clspec.analyses.program import Block, Part
from clspec.analyses.sizes import growing_parts
from clspec.ir import values
from clspec.ir.spec import Model, Node, Spec, Stream
from clspec.ir.values import Argument, Boolean, Call, Decimal, Identifier, Integer, Name, Nothing, Text, Value
from clspec.reference import kinds
from clspec.source import Span
from clspec.syntax.document import Comment, Document, GroupStatement, ModelStatement, Statement, TopStatement
from clspec.syntax.printer import print_document


def expand(document: Document, spec: Spec, allow_imports: tuple[str, ...] = ()) -> str:
    """The text of a checked spec with its defaults and own rules, in the syntax that it is written in.

    Own rules stand above their parts as comments: written rules act later than own ones, so as rules they would not
    mean quite the same.
    """
    models = Models(spec)
    writer, own_rules = _Writer(models), _own_rules(models, allow_imports)
    statements = tuple(writer.top(statement) for statement in document.statements)
    comments = sorted([*document.comments, *own_rules], key=lambda comment: comment.span.start)
    whole = replace(document, statements=statements, comments=tuple(comments))
    if document.syntax == "yaml":
        from clspec.syntax.yaml_printer import print_yaml

        return print_yaml(whole)
    return print_document(whole)


def with_calls(document: Document, models: Models) -> Document:
    """The document with the components that bare words mean as calls, which both syntaxes have."""
    speller = Speller(models, frozenset())

    def inner(each: Statement, own: frozenset[str]) -> Statement:
        if isinstance(each, Node):
            return replace(each, component=speller.with_calls(each.component, own))
        if isinstance(each, GroupStatement):
            return replace(each, body=tuple(inner(one, own) for one in each.body))
        return each

    def top(each: TopStatement) -> TopStatement:
        if not isinstance(each, ModelStatement):
            return each
        own = frozenset(parameter.name.text for parameter in each.parameters)
        return replace(each, body=tuple(inner(one, own) for one in each.body))

    return replace(document, statements=tuple(map(top, document.statements)))


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
        given = {argument.name.text: argument.value for argument in written if argument.name}
        # What nobody wrote stands nowhere in the text, so no comment is about it.
        place = Span(call.span.source, call.span.end, call.span.end)
        defaults = self.defaults(call, given, place)
        added = [
            Argument(name=Identifier(text=name, span=place), value=default, span=place)
            for name, default in defaults.items()
            if default is not None and name not in given
        ]
        order = list(defaults)
        arguments = sorted([*written, *added], key=lambda each: order.index(each.name.text) if each.name else -1)
        return replace(call, arguments=tuple(arguments))

    def defaults(self, call: Call, given: Mapping[str, Value], place: Span) -> Mapping[str, Value | None]:
        """The arguments of what is called, in order, with their defaults at `place`; None for one that has none."""
        known = kinds().get(call.name.text)
        if known is not None:
            return {each.name: None if each.required else _literal(each.default, place) for each in known.arguments}
        found = self.models.find(call.name)
        return {} if found is None else _followed(found.model, given, place)


def _followed(model: Model, given: Mapping[str, Value], place: Span) -> Mapping[str, Value]:
    """The parameters of a model: what is given, else its default, in which earlier ones are put in."""
    found: dict[str, Value] = {}
    for parameter in model.parameters:
        name = parameter.name.text
        found[name] = given[name] if name in given else _put_in(parameter.default, found, place)
    return found


def _put_in(value: Value, parameters: Mapping[str, Value], place: Span) -> Value:
    """A default with the values of parameters for their names, worked out where these are numbers alone."""
    match value:
        case Name() if value.text in parameters:
            return _put_in(parameters[value.text], {}, place)
        case values.Negation():
            put: Value = replace(value, operand=_put_in(value.operand, parameters, place), span=place)
        case values.Sequence():
            return replace(value, items=tuple(_put_in(each, parameters, place) for each in value.items), span=place)
        case values.Arithmetic():
            left, right = (_put_in(each, parameters, place) for each in (value.left, value.right))
            put = replace(value, left=left, right=right, span=place)
        case _:
            return replace(value, span=place)
    try:
        return _literal(evaluate(put, {}), place)
    except EvaluationError:
        return put  # it names a parameter of the model that the call stands in


def _literal(value: Any, span: Span) -> Value:
    match value:
        case None:
            return Nothing(span=span)
        case tuple():
            items = tuple(_literal(each, span) for each in cast("tuple[Any, ...]", value))
            return values.Sequence(items=items, span=span)
        case bool():
            return Boolean(value=value, span=span)
        case int():
            return Integer(value=value, span=span)
        case float():
            return Decimal(value=value, span=span)
        case _:
            return Text(value=str(value), span=span)


def _own_rules(models: Models, allow_imports: tuple[str, ...]) -> Iterator[Comment]:
    """Comments above each part of the file whose component brings rules, but for those that stand there already."""
    for model in models.spec.models:
        block, _ = resolve_names(models, model, default_parameters(model), allow_imports)
        nodes = {node.name.span: node for node in _nodes(model.body)}
        for part in _parts(block):
            node = nodes.get(part.span)
            if node is None:
                continue
            source, before, above = node.span.source, _before(node.span), _lines_above(node.span)
            for text in [f"# own rule: {rule}" for rule in _rules_of(part)]:
                if text not in above:
                    yield Comment(text=text, own_line=True, span=Span(source, before, before))


def _before(span: Span) -> int:
    """Where a comment above a part stands: before it, and in YAML before its dash too."""
    lead = span.source.text[: span.start].rstrip()
    return len(lead) - 1 if lead.endswith("-") else span.start - 1


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
