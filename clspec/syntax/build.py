"""What each rule of the grammar says, as a statement, rule or value of a `Document`: one function a rule."""

from __future__ import annotations

import json
from collections.abc import Sequence as SequenceOf
from typing import Any

from clspec.diagnostics import Diagnostic
from clspec.ir.rules import Action, Index, PathPart, Reference, WrittenRule, WrittenTrigger
from clspec.ir.spec import Budget, Node, Output, Parameter, Stream, Use
from clspec.ir.values import (
    Argument,
    Arithmetic,
    Boolean,
    Call,
    Decimal,
    Identifier,
    Integer,
    Name,
    Negation,
    Nothing,
    Sequence,
    Text,
    Value,
)
from clspec.source import Span
from clspec.syntax.document import Edition, GroupStatement, ModelStatement, TopStatement
from clspec.syntax.parser import Make
from clspec.syntax.words import STAND_IN_DIGITS, Locate, Word


def negated(operand: Value, span: Span) -> Value:
    """Minus a value; a literal number takes its sign up, so that `-1000` is one integer in both syntaxes."""
    if isinstance(operand, Integer) and operand.value >= 0:
        return Integer(value=-operand.value, span=span)
    if isinstance(operand, Decimal) and not str(operand.value).startswith("-"):
        return Decimal(value=-operand.value, span=span)
    return Negation(operand=operand, span=span)


class Builder:
    """Makes what the rules of the grammar say, each from its children, its start and its end.

    Words and punctuation that the grammar writes out are no children; those that it names, such as INTEGER, are.
    `diagnostics` collects what no grammar can forbid.
    """

    def __init__(self, locate: Locate) -> None:
        self.locate = locate
        self.diagnostics: list[Diagnostic] = []
        self.makers: dict[str, Make] = {
            name: getattr(self, name) for name, made in vars(Builder).items() if callable(made) and name[0] != "_"
        }

    # ---- statements ----

    def document(self, statements: list[TopStatement], start: int, end: int) -> tuple[TopStatement, ...]:
        return tuple(statements)

    def edition(self, children: list[Word], start: int, end: int) -> Edition:
        return Edition(number=_integer(children[0]), span=self.locate(start, end))

    def use(self, children: list[Any], start: int, end: int) -> Use:
        alias = children[1] if len(children) > 1 else None
        return Use(path=children[0], alias=alias, span=self.locate(start, end))

    def stream(self, children: list[Any], start: int, end: int) -> Stream:
        return Stream(name=children[0], maker=children[1], span=self.locate(start, end))

    def model_statement(self, children: list[Any], start: int, end: int) -> ModelStatement:
        name, *inside = children
        parameters = tuple(child for child in inside if isinstance(child, Parameter))
        body = inside[len(parameters) :]
        doc = body.pop(0) if body and isinstance(body[0], Text) else None
        span = self.locate(start, end)
        return ModelStatement(name=name, doc=doc, parameters=parameters, body=tuple(body), span=span)

    def parameter(self, children: list[Any], start: int, end: int) -> Parameter:
        return Parameter(name=children[0], default=children[1], span=self.locate(start, end))

    def node(self, children: list[Any], start: int, end: int) -> Node:
        role, name, component, *sources = children
        return Node(role=role, name=name, component=component, sources=tuple(sources), span=self.locate(start, end))

    def input_node(self, children: list[Any], start: int, end: int) -> Node:
        said = self.locate(start, start + len("input"))
        name = children[0] if len(children) > 1 else Identifier(text="x", span=said)
        return Node(role="input", name=name, component=children[-1], span=self.locate(start, end))

    def group_statement(self, children: list[Any], start: int, end: int) -> GroupStatement:
        name, *inside = children
        sources = tuple(child for child in inside if isinstance(child, Reference))
        body = tuple(inside[len(sources) :])
        return GroupStatement(name=name, sources=sources, body=body, span=self.locate(start, end))

    def output(self, children: list[Any], start: int, end: int) -> Output:
        mode = children.pop() if isinstance(children[-1], str) else None
        return Output(names=tuple(children), mode=mode, span=self.locate(start, end))

    def budget(self, children: list[Any], start: int, end: int) -> Budget:
        stream = children[2] if len(children) > 2 else None
        return Budget(quantity=children[0], limit=children[1], stream=stream, span=self.locate(start, end))

    def role(self, children: list[Word], start: int, end: int) -> Any:
        return children[0][1]

    mode = quantity = timing = verb = role

    # ---- rules ----

    def written_rule(self, children: list[Any], start: int, end: int) -> WrittenRule:
        timing, trigger, *actions = children if isinstance(children[0], str) else ("start", None, *children)
        return WrittenRule(timing=timing, trigger=trigger, actions=tuple(actions), span=self.locate(start, end))

    def written_trigger(self, children: list[Word], start: int, end: int) -> WrittenTrigger:
        span = self.locate(start, end)
        first = _integer(children[1]) if len(children) > 1 else 0
        last = _integer(children[3]) if len(children) == 4 else first if len(children) == 2 else None
        if last is not None and last < first:
            message = f"experiences {first} to {last} are none"
            help_ = f"write the smaller number first: `experience {last}..{first}`"
            self.diagnostics.append(Diagnostic("CL204", message, span, help_))
            last = first
        event: Any = children[0][1]
        return WrittenTrigger(event=event, first=first, last=last, span=span)

    def action(self, children: list[Any], start: int, end: int) -> Action:
        first, *targets = children
        verb: Any = first if isinstance(first, str) else first[1]  # `freeze` and `unfreeze` are words with a name
        bounds = dict([targets.pop()]) if isinstance(targets[-1], tuple) else {}
        return Action(
            verb=verb,
            targets=tuple(targets),
            until=bounds.get("until"),
            since=bounds.get("since"),
            span=self.locate(start, end),
        )

    def until(self, children: list[Reference], start: int, end: int) -> tuple[str, Reference]:
        return "until", children[0]

    def since(self, children: list[Reference], start: int, end: int) -> tuple[str, Reference]:
        return "since", children[0]

    # ---- references ----

    def reference(self, children: list[Any], start: int, end: int) -> Reference:
        slices = tuple(child for child in children if isinstance(child, Index))
        parts = children[: len(children) - len(slices)]
        return Reference(parts=self._steps(parts), slices=slices, span=self.locate(start, end))

    def path(self, children: list[Any], start: int, end: int) -> Reference:
        return Reference(parts=self._steps(children), span=self.locate(start, end))

    def path_part(self, children: list[Word], start: int, end: int) -> PathPart:
        return PathPart(text=children[0][1], span=self.locate(start, end))

    def _steps(self, children: SequenceOf[Identifier | PathPart | Word]) -> tuple[PathPart, ...]:
        return tuple(
            child
            if isinstance(child, PathPart)
            else PathPart(text=child.text, span=child.span)
            if isinstance(child, Identifier)
            else PathPart(text=child[1], span=self.locate(child[2], child[3]))
            for child in children
        )

    def index(self, children: list[int | Word], start: int, end: int) -> Index:
        span = self.locate(start, end)
        colon = next((position for position, child in enumerate(children) if isinstance(child, tuple)), None)
        bounds = [child for child in children if isinstance(child, int)]
        if colon is None:
            return Index(index=bounds[0], start=None, stop=None, span=span)
        first = bounds[0] if colon == 1 else None
        stop = bounds[-1] if colon + 1 < len(children) else None
        return Index(index=None, start=first, stop=stop, span=span)

    def bound(self, children: list[Word], start: int, end: int) -> int:
        number = _integer(children[-1])
        return -number if len(children) == 2 else number

    # ---- values ----

    def integer(self, children: list[Word], start: int, end: int) -> Integer:
        return Integer(value=_integer(children[0]), span=self.locate(start, end))

    def decimal(self, children: list[Word], start: int, end: int) -> Decimal:
        return Decimal(value=float(children[0][1]), span=self.locate(start, end))

    def text(self, children: list[Word], start: int, end: int) -> Text:
        return Text(value=json.loads(children[0][1]), span=self.locate(start, end))

    def boolean(self, children: list[Word], start: int, end: int) -> Boolean:
        return Boolean(value=children[0][1] == "true", span=self.locate(start, end))

    def nothing(self, children: list[Word], start: int, end: int) -> Nothing:
        return Nothing(span=self.locate(start, end))

    def name(self, children: list[Identifier], start: int, end: int) -> Name:
        return Name(parts=tuple(children), span=self.locate(start, end))

    def call(self, children: list[Any], start: int, end: int) -> Call:
        name, *arguments = children
        return Call(name=name, arguments=tuple(arguments), span=self.locate(start, end))

    def argument(self, children: list[Any], start: int, end: int) -> Argument:
        name = children[0] if len(children) > 1 else None
        return Argument(name=name, value=children[-1], span=self.locate(start, end))

    def sequence(self, children: list[Value], start: int, end: int) -> Sequence:
        return Sequence(items=tuple(children), span=self.locate(start, end))

    def sum(self, children: list[Any], start: int, end: int) -> Arithmetic:
        left, operator, right = children
        return Arithmetic(operator=operator[1], left=left, right=right, span=self.locate(start, end))

    product = sum

    def negation(self, children: list[Value], start: int, end: int) -> Value:
        return negated(children[0], self.locate(start, end))

    def identifier(self, children: list[Word], start: int, end: int) -> Identifier:
        return Identifier(text=children[0][1], span=self.locate(start, end))

    argument_name = name_part = identifier


def _integer(word: Word) -> int:
    return int(word[1].replace("_", "")[:STAND_IN_DIGITS])
