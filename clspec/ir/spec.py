"""A spec file as data: its models, streams and uses, regrouped from the text's order, values still unevaluated."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import field
from functools import cached_property
from typing import Annotated, Literal

from clspec.ir.frozen import Tagged, frozen
from clspec.ir.rules import Reference, WrittenRule
from clspec.ir.values import Call, Identifier, Place, Text, Value

Role = Literal["input", "backbone", "neck", "head"]


@frozen
class Use:
    """`use "PATH" [as NAME]`."""

    path: Text
    alias: Identifier | None
    span: Place = field(compare=False, repr=False)


@frozen
class Stream:
    """`stream NAME = split(...)`."""

    name: Identifier
    maker: Call
    span: Place = field(compare=False, repr=False)


@frozen
class Parameter:
    """A parameter of a model, typed by its default."""

    name: Identifier
    default: Value
    span: Place = field(compare=False, repr=False)


@frozen
class Node:
    """`ROLE NAME = COMPONENT [from SOURCE, ...]`; `sources` is () where none was written, an unsaid name is `x`."""

    role: Role
    name: Identifier
    component: Value
    sources: tuple[Reference, ...] = ()
    span: Place = field(compare=False, repr=False)
    kind: Literal["node"] = "node"


@frozen
class Output:
    """`output NAME, ... [in train | in eval]`; `mode` None: in both."""

    names: tuple[Reference, ...]
    mode: Literal["train", "eval"] | None
    span: Place = field(compare=False, repr=False)


@frozen
class Budget:
    """`require QUANTITY <= NUMBER [over STREAM]`."""

    quantity: Literal["parameters", "trainable", "memory"]
    limit: Value
    stream: Identifier | None
    span: Place = field(compare=False, repr=False)


@frozen
class Group:
    """`group NAME [from SOURCE, ...] { ... }`: a nested module with a scope of its own."""

    name: Identifier
    sources: tuple[Reference, ...]
    body: tuple[Annotated[Node | Group, Tagged("kind")], ...]
    rules: tuple[WrittenRule, ...]
    outputs: tuple[Output, ...]
    span: Place = field(compare=False, repr=False)
    kind: Literal["group"] = "group"


@frozen
class Model:
    """`model NAME[(PARAM=DEFAULT, ...)] { ... }`."""

    name: Identifier
    doc: Text | None
    parameters: tuple[Parameter, ...]
    body: tuple[Annotated[Node | Group, Tagged("kind")], ...]
    rules: tuple[WrittenRule, ...]
    outputs: tuple[Output, ...]
    budgets: tuple[Budget, ...]
    span: Place = field(compare=False, repr=False)


@frozen
class Broken:
    """A statement that could not be read. `nameless`: what it may define under a name that is not to be seen in it."""

    nameless: Literal["part", "model"] | None
    span: Place = field(compare=False, repr=False)


@frozen
class Spec:
    """One spec file. Equality ignores the name it was read under and the syntax.

    `used` are the files of `uses`, in their order, None where one could not be read. `key` is the file's own path from
    the folder of the spec that all reading started from. `broken` are the statements that could not be read: where
    there are any, the spec can be checked and nothing else.
    """

    edition: int
    uses: tuple[Use, ...]
    streams: tuple[Stream, ...]
    models: tuple[Model, ...]
    used: tuple[Spec | None, ...] = ()
    file: str = field(compare=False)
    syntax: Literal["clspec", "yaml"] = field(compare=False)
    key: str = field(compare=False, default="")
    broken: tuple[Broken, ...] = field(compare=False, repr=False, default=())
    span: Place = field(compare=False, repr=False)

    @cached_property
    def sha256(self) -> str:
        """Of its text, in hexadecimal."""
        import hashlib  # loading OpenSSL takes a check of a small spec longer than reading it

        return hashlib.sha256(self.span.source.text.encode("utf-8", "surrogatepass")).hexdigest()

    @cached_property
    def by_name(self) -> Mapping[str, Model]:
        """The models by their names; the first of those that share one."""
        named: dict[str, Model] = {}
        for model in self.models:
            named.setdefault(model.name.text, model)
        return named
