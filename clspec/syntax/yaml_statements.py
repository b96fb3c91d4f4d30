"""Statements of a YAML spec that cannot be read: told, and read as unknown ones, so that the others can be checked."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TypeVar

from clspec.diagnostics import Diagnostic
from clspec.ir.rules import PathPart, Reference
from clspec.ir.spec import Node, Role, Stream
from clspec.ir.values import Call, Identifier, Name
from clspec.source import Span
from clspec.syntax.words import UNKNOWN, only_values
from clspec.syntax.yaml_nodes import Fields, RefusedError, Scalar, YamlNode
from clspec.syntax.yaml_values import From, Values, span_of

T = TypeVar("T")
ROLES: tuple[Role, ...] = ("input", "backbone", "neck", "head")


def nothing(item: object) -> None:
    """What is made of a broken statement that no other is read by."""


class Statements(Values):
    """Reads statements. `composed` is what was wrong with the YAML by itself, and `lost` what was left out for it."""

    def __init__(self, composed: list[Diagnostic], lost: list[Span]) -> None:
        super().__init__()
        self.diagnostics += composed
        self.broken += lost
        self._composed = [found.span for found in composed if found.span]
        self._seen = len(composed)
        self.nameless: set[Span] = set()

    def statements(
        self, items: Iterable[From], read: Callable[[From], T], unknown: Callable[[From], T | None] = nothing
    ) -> tuple[T, ...]:
        """What each item says; of one with something wrong in it, what `unknown` makes of it."""
        found: list[T] = []
        for item in items:
            self._seen = len(self.diagnostics)
            statement, span = None, span_of(item)
            try:
                statement = read(item)
            except RefusedError as refused:
                if not self._composed_in(span):
                    self.told(refused)
            composed = self._composed_in(span)
            self._composed = [place for place in self._composed if place not in composed]
            if self.goes_wrong() or composed or statement is None:
                self.broken.append(span)
                statement = unknown(item)
            if statement is not None:
                found.append(statement)
        return tuple(found)

    def goes_wrong(self) -> bool:
        """Whether something was told since the last call."""
        told = self.diagnostics[self._seen :]
        self._seen = len(self.diagnostics)
        return not only_values(told)

    def _composed_in(self, span: Span) -> list[Span]:
        """Where the YAML itself is wrong in a statement, but for the statements in it that were read already."""
        return [place for place in self._composed if span.start <= place.start and place.end <= span.end]

    def name(self, node: YamlNode, what: str) -> Identifier:
        """The name of a statement that has statements of its own: they are read whatever it is called."""
        try:
            return self.identifier(node, what)
        except RefusedError as refused:
            self.told(refused)
            self.broken.append(node.span)
            return Identifier(text=UNKNOWN, span=node.span)

    # ---- what stands for the unknown ----

    def unknown_part(self, node: YamlNode) -> Node | None:
        """A part with as much of its role and name as can be made out; none for a rule."""
        keys = [key.text for key, _ in node.pairs] if isinstance(node, Fields) else []
        if "do" in keys:
            return None
        role: Role | None = next((each for each in ROLES if each in keys), None)
        said = node.get(role or "group") if isinstance(node, Fields) else None
        name = Identifier(text=UNKNOWN, span=node.span)
        if isinstance(said, Scalar) and said.text.isidentifier():
            name = Identifier(text=said.text, span=said.span)
        else:
            self.nameless.add(node.span)
        return Node(role=role or "neck", name=name, component=_unknown_name(node.span), sources=(), span=node.span)

    def unknown_stream(self, pair: tuple[Scalar, YamlNode]) -> Stream:
        """A stream of this name."""
        key, node = pair
        maker = Call(name=_unknown_name(node.span), arguments=(), span=node.span)
        return Stream(name=Identifier(text=key.text, span=key.span), maker=maker, span=key.span.to(node.span))

    def unknown_source(self, span: Span) -> Reference:
        """A source, as that of a group whose head cannot be read."""
        return Reference(parts=(PathPart(text=UNKNOWN, span=span),), span=span)


def _unknown_name(span: Span) -> Name:
    return Name(parts=(Identifier(text=UNKNOWN, span=span),), span=span)
