"""Values and components in YAML: scalars by the core rules of YAML 1.2, `${...}` expressions, `uses` and `with`."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterable
from typing import Any, NoReturn, TypeVar

from clspec.diagnostics import Diagnostic, choices_help, nearest
from clspec.ir.values import (
    Argument,
    Boolean,
    Call,
    Decimal,
    Identifier,
    Integer,
    Name,
    Nothing,
    Sequence,
    Text,
    Value,
)
from clspec.source import Span
from clspec.syntax.dsl import read_fragment
from clspec.syntax.words import LONGEST_DECIMAL, LONGEST_INTEGER, STAND_IN_DIGITS
from clspec.syntax.yaml_nodes import Fields, Items, RefusedError, Scalar, YamlNode

_NOTHING = re.compile("null|Null|NULL|~|")
_BOOLEAN = re.compile("true|True|TRUE|false|False|FALSE")
_INTEGER = re.compile("[-+]?[0-9]+|0o[0-7]+|0x[0-9a-fA-F]+")
_DECIMAL = re.compile(r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?|[-+]?\.(inf|Inf|INF)|\.(nan|NaN|NAN)")
_CORE_TAGS = {"null": _NOTHING, "bool": _BOOLEAN, "int": _INTEGER, "float": _DECIMAL}


T = TypeVar("T")
From = TypeVar("From", bound=YamlNode | tuple[Scalar, YamlNode])


def refuse(message: str, span: Span, help_: str | None = None, code: str = "CL009") -> NoReturn:
    """Stops the reading of the part at hand."""
    raise RefusedError(Diagnostic(code, message, span, help_))


def span_of(item: YamlNode | tuple[Scalar, YamlNode]) -> Span:
    """Where an entry of a list or of a mapping stands."""
    return item[0].span.to(item[1].span) if isinstance(item, tuple) else item.span


def kind_of(node: YamlNode) -> str:
    """What a node is, in a user's words."""
    return {Scalar: "a single value", Items: "a list", Fields: "a mapping"}[type(node)]


class Values:
    """Reads values.

    `diagnostics` collects findings that do not stop the part in which they are found, `broken` what is left out for
    them.
    """

    def __init__(self) -> None:
        self.diagnostics: list[Diagnostic] = []
        self.broken: list[Span] = []

    def told(self, refused: RefusedError) -> None:
        """Turns a refusal into a finding."""
        if refused.diagnostic is not None:
            self.diagnostics.append(refused.diagnostic)

    def wrong_value(self, message: str, span: Span) -> None:
        """A finding about a value, which stops nothing: another stands in for it."""
        self.diagnostics.append(Diagnostic("CL213", message, span))

    def each(self, items: Iterable[From], read: Callable[[From], T]) -> tuple[T, ...]:
        """What each item says; one that is refused becomes a finding, and the others are read all the same."""
        found: list[T] = []
        for item in items:
            try:
                found.append(read(item))
            except RefusedError as refused:
                self.told(refused)
                self.broken.append(span_of(item))
        return tuple(found)

    # ---- shapes ----

    def fields(self, node: YamlNode, what: str, allowed: tuple[str, ...], required: tuple[str, ...] = ()) -> Fields:
        """The node as a mapping with only these keys; unknown ones are findings of their own."""
        if not isinstance(node, Fields):
            refuse(f"{what} is a mapping, not {kind_of(node)}", node.span, f"its keys: {', '.join(allowed)}")
        strange = False
        for key, value in node.pairs:
            if key.text not in allowed:
                help_ = choices_help(key.text, allowed)
                if key.text == "<<":
                    help_ = "keys are not merged here; an alias stands for a whole value"
                elif "with" in allowed and nearest(key.text, allowed) is None:
                    help_ = "arguments stand in `with: {NAME: VALUE}`"
                strange = True
                self.broken.append(key.span.to(value.span))
                self.diagnostics.append(Diagnostic("CL009", f'{what} has no key "{key.text}"', key.span, help_))
        for key in required:
            if node.get(key) is None:
                if strange:
                    raise RefusedError(None)  # it may well be there, misspelt
                refuse(f"{what} needs the key `{key}`", node.pairs[0][0].span if node.pairs else node.span)
        return node

    def listed(self, node: YamlNode | None, what: str, help_: str = "begin each entry with `- `") -> list[YamlNode]:
        """The nodes of a list, which may be missing; a single value stands for a list of one."""
        if isinstance(node, Fields):
            refusal = Diagnostic("CL009", f"{what} is a list, not a mapping", node.span, help_)
            self.diagnostics.append(refusal)
            self.broken.append(node.span)
            return []
        return [] if node is None else node.nodes if isinstance(node, Items) else [node]

    def named(self, node: YamlNode | None, what: str) -> list[tuple[Scalar, YamlNode]]:
        """The entries of a mapping from names, which may be missing."""
        if node is None:
            return []
        if not isinstance(node, Fields):
            help_ = "each entry begins with its name: `NAME: ...`"
            self.diagnostics.append(Diagnostic("CL009", f"{what} is a mapping, not {kind_of(node)}", node.span, help_))
            self.broken.append(node.span)
            return []
        return node.pairs

    def fragment(
        self, rule: str, node: YamlNode, what: str, before: tuple[tuple[str, str], ...] = (), help_: str | None = None
    ) -> Any:
        """A scalar that holds a piece of the clspec language."""
        if not isinstance(node, Scalar):
            refuse(f"{what} is a single value, not {kind_of(node)}", node.span, help_)
        built, diagnostics = read_fragment(rule, node.text, node.locate, before)
        return self.accepted(built, diagnostics)

    def accepted(self, built: Any, diagnostics: list[Diagnostic]) -> Any:
        self.diagnostics += diagnostics
        if built is None:
            raise RefusedError(None)
        return built

    def identifier(self, node: YamlNode, what: str) -> Identifier:
        found: Identifier = self.fragment("identifier", node, what)
        return found

    def text(self, node: YamlNode, what: str) -> Text:
        value = self.value(node)
        if not isinstance(value, Text):
            refuse(f"{what} is a string", node.span, "put it in quotes" if isinstance(node, Scalar) else None)
        return value

    # ---- values ----

    def value(self, node: YamlNode) -> Value:
        """A value under `with` or `params`: a string there is text, a mapping with `uses` a component."""
        if isinstance(node, Items):
            return Sequence(items=self.each(node.nodes, self.value), span=node.span)
        if isinstance(node, Fields):
            if node.get("uses") is None:
                refuse("a mapping stands only for a component here", node.span, "write `{uses: KIND, with: {...}}`")
            return self.component_fields(node)
        return self.scalar(node)

    def scalar(self, node: Scalar) -> Value:
        word = node.text
        if node.tag in _CORE_TAGS and not _CORE_TAGS[node.tag].fullmatch(word):
            refuse(f'"{word}" is not of the type that its tag says', node.span)
        if node.tag == "str" or not (node.plain or node.tag):
            return self.string(node)
        if _NOTHING.fullmatch(word):
            return Nothing(span=node.span)
        if _BOOLEAN.fullmatch(word):
            return Boolean(value=word.lower() == "true", span=node.span)
        if _INTEGER.fullmatch(word) and node.tag != "float":
            return self.integer(node)
        if _DECIMAL.fullmatch(word):
            return self.decimal(node)
        return self.string(node)

    def integer(self, node: Scalar) -> Integer:
        digits = len(node.text.lstrip("+-"))
        if digits > LONGEST_INTEGER:
            self.wrong_value(f"an integer of {digits} digits; at most {LONGEST_INTEGER} are read", node.span)
        based = node.text[:2] in ("0o", "0x")
        text = node.text[:STAND_IN_DIGITS]
        return Integer(value=int(text, 0) if based else int(text), span=node.span)

    def decimal(self, node: Scalar) -> Decimal:
        # `.inf` and `.nan` are numbers of YAML, but no spec has a use for them.
        readable = "n" not in node.text.lower() and len(node.text) <= LONGEST_DECIMAL
        if not readable or not math.isfinite(float(node.text)):
            self.wrong_value(f'"{node.text[:40]}" is no number that can be stored', node.span)
            return Decimal(value=math.inf, span=node.span)
        return Decimal(value=float(node.text), span=node.span)

    def string(self, node: Scalar) -> Value:
        if node.text.startswith("${") and node.text.endswith("}"):
            return self.expression(node)
        text = node.text.replace("$${", "")
        if text.startswith("${") and "}" not in text:
            refuse("this expression does not end", node.span, "close it with `}`: `${2 * width}`")
        if "${" in text:
            refuse('"${" begins an expression, which stands alone', node.span, "write `$${` for the two characters")
        if any("\ud800" <= character <= "\udfff" for character in text):
            refuse("half a surrogate pair in a string stands for no character", node.span, code="CL001")
        return Text(value=node.text.replace("$${", "${"), span=node.span)

    def expression(self, node: Scalar) -> Value:
        """`${2 * width}`."""
        locate = node.locate
        built, diagnostics = read_fragment("_value", node.text[2:-1], lambda a, b: locate(a + 2, b + 2))
        value: Value = self.accepted(built, diagnostics)
        return value

    # ---- components ----

    def component_fields(self, node: Fields) -> Value:
        key = node.pairs[0][0] if node.pairs else None
        if key and node.get("uses") is None and nearest(key.text, ("uses", "with")) is None:
            help_ = f"write `{{uses: {key.text}, with: ...}}`"
            refuse(f'a component has no key "{key.text}"', key.span, help_)
        fields = self.fields(node, "a component", ("uses", "with"), ("uses",))
        return self.component(fields.need("uses"), fields.get("with"))

    def component(self, uses: YamlNode, arguments: YamlNode | None) -> Value:
        """What `uses` and `with` say together. A component is always a call, but for `${...}` and lists."""
        if isinstance(uses, Scalar) and not uses.text.startswith("${"):
            return self.call(uses, arguments)
        if arguments is not None:
            refuse("`with` needs the name of one component in `uses`", arguments.span)
        if isinstance(uses, Items):
            return Sequence(items=self.each(uses.nodes, self.listed_component), span=uses.span)
        if isinstance(uses, Fields):
            return self.component_fields(uses)
        return self.expression(uses) if uses.text.endswith("}") else self.string(uses)

    def listed_component(self, node: YamlNode) -> Value:
        return self.component(node, None)

    def call(self, uses: Scalar, arguments: YamlNode | None) -> Call:
        if "(" in uses.text:
            help_ = "its arguments stand in `with`: `{uses: linear, with: {features: 64}}`"
            refuse(f'"{uses.text}" is not the name of a component', uses.span, help_)
        name: Name = self.fragment("name", uses, "`uses`")
        span = uses.span if arguments is None else uses.span.to(arguments.span)
        return Call(name=name, arguments=self.arguments(arguments), span=span)

    def arguments(self, node: YamlNode | None) -> tuple[Argument, ...]:
        if isinstance(node, Scalar):
            pairs = "{" + ", ".join(pair.strip() for pair in node.text.replace("=", ": ").split(",")) + "}"
            help_ = f"write `with: {pairs if '=' in node.text else f'[{node.text}]'}`"
            refuse("`with` is a mapping or a list, not a single value", node.span, help_)
        if isinstance(node, Items):
            return self.each(node.nodes, self.positional)
        return self.each(node.pairs if node else [], self.by_name)

    def positional(self, node: YamlNode) -> Argument:
        return Argument(name=None, value=self.value(node), span=node.span)

    def by_name(self, pair: tuple[Scalar, YamlNode]) -> Argument:
        key, node = pair
        name: Identifier = self.fragment("argument_name", key, "the name of an argument")
        return Argument(name=name, value=self.value(node), span=key.span.to(node.span))
