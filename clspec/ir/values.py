"""Values of the language as written: literals, names, calls and arithmetic, with spans that equality ignores."""

from __future__ import annotations

from dataclasses import field
from typing import Annotated, Literal

from clspec.ir.frozen import Instance, Tagged, frozen
from clspec.source import Span

# Spans lie beside the meaning: two specs are equal whatever file or syntax they were written in.
Place = Annotated[Span, Instance()]


@frozen
class Identifier:
    """A plain name: letters, digits, underscores."""

    text: str
    span: Place = field(compare=False, repr=False)


@frozen
class Integer:
    value: int
    span: Place = field(compare=False, repr=False)
    kind: Literal["integer"] = "integer"


@frozen
class Decimal:
    value: float
    span: Place = field(compare=False, repr=False)
    kind: Literal["decimal"] = "decimal"


@frozen
class Text:
    value: str
    span: Place = field(compare=False, repr=False)
    kind: Literal["text"] = "text"


@frozen
class Boolean:
    value: bool
    span: Place = field(compare=False, repr=False)
    kind: Literal["boolean"] = "boolean"


@frozen
class Nothing:
    """`none`."""

    span: Place = field(compare=False, repr=False)
    kind: Literal["none"] = "none"


@frozen
class Name:
    """A bare name, dotted where it comes from a `use`d file: a parameter, a model or a component."""

    parts: tuple[Identifier, ...]
    span: Place = field(compare=False, repr=False)
    kind: Literal["name"] = "name"

    @property
    def text(self) -> str:
        return ".".join(part.text for part in self.parts)


@frozen
class Argument:
    """One argument of a call: positional where `name` is None."""

    name: Identifier | None
    value: Value
    span: Place = field(compare=False, repr=False)


@frozen
class Call:
    """`kind(arguments)`: a component, a model or a stream maker."""

    name: Name
    arguments: tuple[Argument, ...]
    span: Place = field(compare=False, repr=False)
    kind: Literal["call"] = "call"


@frozen
class Sequence:
    """`[a, b, ...]`: a list of values, or of components one after the other."""

    items: tuple[Value, ...]
    span: Place = field(compare=False, repr=False)
    kind: Literal["list"] = "list"


@frozen
class Negation:
    operand: Value
    span: Place = field(compare=False, repr=False)
    kind: Literal["negation"] = "negation"


@frozen
class Arithmetic:
    operator: Literal["+", "-", "*", "/", "//"]
    left: Value
    right: Value
    span: Place = field(compare=False, repr=False)
    kind: Literal["arithmetic"] = "arithmetic"


Value = Annotated[
    Integer | Decimal | Text | Boolean | Nothing | Name | Call | Sequence | Negation | Arithmetic, Tagged("kind")
]
