"""From the parser's tree to the statements, rules and values of a `Document`: one function a rule of the grammar."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from typing import Any, Literal, cast

from lark import Token, Tree

from clspec.diagnostics import Diagnostic
from clspec.growth import Event, Verb
from clspec.ir.rules import Action, Index, PathPart, Reference, WrittenRule, WrittenTrigger
from clspec.ir.spec import Budget, Node, Output, Parameter, Role, Stream, Use
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
from clspec.syntax.document import Edition, GroupStatement, ModelStatement, Statement, TopStatement
from clspec.syntax.grammar import STAND_IN_DIGITS, Locate, end_of, start_of

Branch = Tree[Token]


def negated(operand: Value, span: Span) -> Value:
    """Minus a value; a literal number takes its sign up, so that `-1000` is one integer in both syntaxes."""
    if isinstance(operand, Integer) and operand.value >= 0:
        return Integer(value=-operand.value, span=span)
    if isinstance(operand, Decimal) and not str(operand.value).startswith("-"):
        return Decimal(value=-operand.value, span=span)
    return Negation(operand=operand, span=span)


class Builder:
    """Builds what a tree says. `diagnostics` collects what no grammar can forbid."""

    def __init__(self, locate: Locate) -> None:
        self.locate = locate
        self.diagnostics: list[Diagnostic] = []

    # ---- places and children ----

    def span(self, of: Branch | Token) -> Span:
        if isinstance(of, Token):
            return self.locate(start_of(of), end_of(of))
        return self.locate(of.meta.start_pos, of.meta.end_pos)

    def one(self, tree: Branch, *kinds: str) -> Branch | None:
        return next(self.all(tree, *kinds), None)

    def all(self, tree: Branch, *kinds: str) -> Iterator[Branch]:
        return (child for child in tree.children if isinstance(child, Tree) and child.data in kinds)

    def word(self, tree: Branch, kind: str) -> str:
        return str(next(child for child in next(self.all(tree, kind)).children))

    def fragment(self, rule: str, tree: Branch) -> object:
        """What a tree says that was read as one rule of the grammar."""
        makers: dict[str, Callable[[Branch], object]] = {
            "_value": self.value,
            "identifier": self.identifier,
            "name": self.name,
            "argument_name": self.identifier,
            "reference": self.reference,
            "action": self.action,
            "written_trigger": self.written_trigger,
            "output": self.output,
            "budget": self.budget,
        }
        return makers[rule](tree)

    # ---- statements ----

    def document(self, tree: Branch) -> tuple[TopStatement, ...]:
        makers: dict[str, Callable[[Branch], TopStatement]] = {
            "edition": self.edition,
            "use": self.use,
            "stream": self.stream,
            "model_statement": self.model_statement,
        }
        return tuple(makers[child.data](child) for child in self.all(tree, *makers))

    def edition(self, tree: Branch) -> Edition:
        return Edition(number=_integer(tree.children[-1]), span=self.span(tree))

    def use(self, tree: Branch) -> Use:
        alias = self.one(tree, "identifier")
        path = self.text(next(self.all(tree, "text")))
        return Use(path=path, alias=self.identifier(alias) if alias else None, span=self.span(tree))

    def stream(self, tree: Branch) -> Stream:
        return Stream(name=self.name_in(tree), maker=self.call(next(self.all(tree, "call"))), span=self.span(tree))

    def model_statement(self, tree: Branch) -> ModelStatement:
        doc = self.one(tree, "text")
        return ModelStatement(
            name=self.name_in(tree),
            doc=self.text(doc) if doc else None,
            parameters=tuple(self.parameter(child) for child in self.all(tree, "parameter")),
            body=self.body(tree),
            span=self.span(tree),
        )

    def parameter(self, tree: Branch) -> Parameter:
        return Parameter(name=self.name_in(tree), default=self.value(tree.children[-1]), span=self.span(tree))

    def body(self, tree: Branch) -> tuple[Statement, ...]:
        makers: dict[str, Callable[[Branch], Statement]] = {
            "node": self.node,
            "input_node": self.input_node,
            "group_statement": self.group_statement,
            "written_rule": self.written_rule,
            "output": self.output,
            "budget": self.budget,
        }
        return tuple(makers[child.data](child) for child in self.all(tree, *makers))

    def node(self, tree: Branch) -> Node:
        return Node(
            role=cast(Role, self.word(tree, "role")),
            name=self.name_in(tree),
            component=self.value(tree.children[2]),
            sources=self.references(tree),
            span=self.span(tree),
        )

    def input_node(self, tree: Branch) -> Node:
        span = self.span(tree)
        named = self.one(tree, "identifier")
        said = Span(span.source, span.start, span.start + len("input"))
        name = self.identifier(named) if named else Identifier(text="x", span=said)
        return Node(role="input", name=name, component=self.value(tree.children[-1]), span=span)

    def group_statement(self, tree: Branch) -> GroupStatement:
        return GroupStatement(
            name=self.name_in(tree), sources=self.references(tree), body=self.body(tree), span=self.span(tree)
        )

    def output(self, tree: Branch) -> Output:
        mode = cast(Literal["train", "eval"], self.word(tree, "mode")) if self.one(tree, "mode") else None
        return Output(names=self.references(tree), mode=mode, span=self.span(tree))

    def budget(self, tree: Branch) -> Budget:
        quantity = cast(Literal["parameters", "trainable", "memory"], self.word(tree, "quantity"))
        stream = self.one(tree, "identifier")
        return Budget(
            quantity=quantity,
            limit=self.value(tree.children[1]),
            stream=self.identifier(stream) if stream else None,
            span=self.span(tree),
        )

    # ---- rules ----

    def written_rule(self, tree: Branch) -> WrittenRule:
        trigger = self.one(tree, "written_trigger")
        timing = cast(Literal["when", "after"], self.word(tree, "timing")) if trigger else "start"
        return WrittenRule(
            timing=timing,
            trigger=self.written_trigger(trigger) if trigger else None,
            actions=tuple(self.action(child) for child in self.all(tree, "action")),
            span=self.span(tree),
        )

    def written_trigger(self, tree: Branch) -> WrittenTrigger:
        words = [str(child) for child in tree.children]
        span = self.span(tree)
        first = _integer(words[1]) if len(words) > 1 else 0
        last = _integer(words[3]) if len(words) == 4 else first if len(words) == 2 else None
        if last is not None and last < first:
            message = f"experiences {first} to {last} are none"
            self.diagnostics.append(
                Diagnostic("CL204", message, span, f"write the smaller number first: `experience {last}..{first}`")
            )
            last = first
        return WrittenTrigger(event=cast(Event, words[0]), first=first, last=last, span=span)

    def action(self, tree: Branch) -> Action:
        head = tree.children[0]
        until, since = self.one(tree, "until"), self.one(tree, "since")
        return Action(
            verb=cast(Verb, str(head) if isinstance(head, Token) else self.word(tree, "verb")),
            targets=self.references(tree),
            until=self.path(until) if until else None,
            since=self.path(since) if since else None,
            span=self.span(tree),
        )

    # ---- references ----

    def references(self, tree: Branch) -> tuple[Reference, ...]:
        return tuple(self.reference(child) for child in self.all(tree, "reference"))

    def reference(self, tree: Branch) -> Reference:
        return Reference(
            parts=tuple(self.path_part(child) for child in self.all(tree, "identifier", "path_part")),
            slices=tuple(self.index(child) for child in self.all(tree, "index")),
            span=self.span(tree),
        )

    def path(self, bound: Branch) -> Reference:
        tree = next(self.all(bound, "path"))
        return Reference(parts=tuple(self.path_part(child) for child in tree.children), span=self.span(tree))

    def path_part(self, of: Branch | Token) -> PathPart:
        return PathPart(text=str(of if isinstance(of, Token) else of.children[0]), span=self.span(of))

    def index(self, tree: Branch) -> Index:
        colon = next((i for i, child in enumerate(tree.children) if isinstance(child, Token)), None)
        before = [self.bound(child) for child in self.all(tree, "bound")]
        if colon is None:
            return Index(index=before[0], start=None, stop=None, span=self.span(tree))
        start = before[0] if colon == 1 else None
        stop = before[-1] if colon + 1 < len(tree.children) else None
        return Index(index=None, start=start, stop=stop, span=self.span(tree))

    def bound(self, tree: Branch) -> int:
        number = _integer(tree.children[-1])
        return -number if len(tree.children) == 2 else number

    # ---- values ----

    def value(self, tree: Branch | Token) -> Value:
        if isinstance(tree, Token):
            raise TypeError(f"a value cannot be the bare token {tree!r}")
        match tree.data:
            case "integer":
                return Integer(value=_integer(tree.children[0]), span=self.span(tree))
            case "decimal":
                return Decimal(value=float(str(tree.children[0])), span=self.span(tree))
            case "text":
                return self.text(tree)
            case "boolean":
                return Boolean(value=str(tree.children[0]) == "true", span=self.span(tree))
            case "nothing":
                return Nothing(span=self.span(tree))
            case "name":
                return self.name(tree)
            case "call":
                return self.call(tree)
            case "sequence":
                return Sequence(items=tuple(map(self.value, tree.children)), span=self.span(tree))
            case "negation":
                return negated(self.value(tree.children[0]), self.span(tree))
            case "sum" | "product":
                return self.arithmetic(tree)
            case _:
                return self.value(tree.children[0])

    def arithmetic(self, tree: Branch) -> Arithmetic:
        left, operator, right = tree.children
        return Arithmetic(
            operator=cast(Literal["+", "-", "*", "/", "//"], str(operator)),
            left=self.value(left),
            right=self.value(right),
            span=self.span(tree),
        )

    def text(self, tree: Branch) -> Text:
        return Text(value=cast(str, json.loads(str(tree.children[0]))), span=self.span(tree))

    def name(self, tree: Branch) -> Name:
        parts = tuple(self.identifier(child) for child in self.all(tree, "identifier", "name_part"))
        return Name(parts=parts, span=self.span(tree))

    def call(self, tree: Branch) -> Call:
        return Call(
            name=self.name(next(self.all(tree, "name"))),
            arguments=tuple(self.argument(child) for child in self.all(tree, "argument")),
            span=self.span(tree),
        )

    def argument(self, tree: Branch) -> Argument:
        name = self.one(tree, "argument_name")
        value = self.value(tree.children[-1])
        return Argument(name=self.identifier(name) if name else None, value=value, span=self.span(tree))

    def name_in(self, tree: Branch) -> Identifier:
        return self.identifier(next(self.all(tree, "identifier")))

    def identifier(self, tree: Branch) -> Identifier:
        return Identifier(text=str(tree.children[0]), span=self.span(tree))


def _integer(word: Any) -> int:
    return int(str(word).replace("_", "")[:STAND_IN_DIGITS])
