"""What can be written in a call: every kind with its arguments, their types as JSON Schema, their defaults."""

from __future__ import annotations

import inspect
import json
import types
import typing
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any, Union

from pydantic import TypeAdapter

from clspec import streams
from clspec.analyses.evaluate import LARGEST
from clspec.components import registry
from clspec.components.arguments import arguments_of
from clspec.components.base import Component
from clspec.components.growing import OwnRule
from clspec.ir.spec import Role

Schema = dict[str, Any]
COMPONENT: Schema = {"$ref": "#/definitions/component"}
"""The type of an argument that is a component itself."""


@dataclass(frozen=True)
class ArgumentReference:
    """An argument: its type, and its default where it has one."""

    name: str
    type: Schema
    required: bool
    default: Any = None

    def __str__(self) -> str:
        return self.name if self.required else f"{self.name}={spell(self.default)}"

    @property
    def words(self) -> str:
        """Its type in a reader's words: `integer, at least 1`."""
        return _words(self.type)


@dataclass(frozen=True)
class KindReference:
    """A kind; the makers of streams have no roles."""

    name: str
    summary: str
    roles: tuple[Role, ...]
    arguments: tuple[ArgumentReference, ...]
    own_rules: tuple[OwnRule, ...] = ()
    passes_on: bool = False
    merges: bool = False

    def __str__(self) -> str:
        return f"{self.name}({', '.join([*map(str, self.arguments), *(['...'] if self.passes_on else [])])})"


@cache
def kinds() -> Mapping[str, KindReference]:
    """Every component that has a name, in alphabetical order, then the makers of streams."""
    found = {name: _component(kind) for name, kind in registry().items() if name.isidentifier()}
    return {**found, "split": _stream_maker()}


def spell(value: Any) -> str:
    """A default as the clspec language writes it."""
    return "none" if value is None else json.dumps(value, ensure_ascii=False)


def _component(kind: type[Component]) -> KindReference:
    arguments = tuple(
        ArgumentReference(name, _type(each.type), each.required, None if each.required else each.default)
        for name, each in arguments_of(kind).items()
    )
    return KindReference(kind.kind, kind.summary, kind.roles, arguments, _own_rules(kind), kind.passes_on, kind.merges)


def _own_rules(kind: type[Component]) -> tuple[OwnRule, ...]:
    """The rules that a kind brings when nobody says otherwise, those of a component inside it left out."""
    plain = object.__new__(kind)
    for name, each in arguments_of(kind).items():
        if _holds_component(each.type):
            vars(plain)[name] = Component()
    return plain.own_rules()


def _stream_maker() -> KindReference:
    hints = typing.get_type_hints(streams.split)
    arguments = tuple(
        ArgumentReference(name, _type(hints[name]), required=False, default=parameter.default)
        for name, parameter in inspect.signature(streams.split).parameters.items()
    )
    return KindReference("split", "a stream: classes cut into experiences of equal size", (), arguments)


def _type(annotation: Any) -> Schema:
    if not _holds_component(annotation):
        schema = TypeAdapter[Any](annotation).json_schema()
        return {key: value for key, value in schema.items() if key not in ("title", "default")}
    if typing.get_origin(annotation) is tuple:
        return {"type": "array", "items": COMPONENT}
    if typing.get_origin(annotation) in (Union, types.UnionType):
        return {"anyOf": [_type(each) for each in typing.get_args(annotation)]}
    return COMPONENT


def _holds_component(annotation: Any) -> bool:
    if isinstance(annotation, type) and issubclass(annotation, Component):
        return True
    return any(_holds_component(each) for each in typing.get_args(annotation))


_BOUNDS = {
    "minimum": "at least {}", "exclusiveMinimum": "above {}", "maximum": "at most {}", "exclusiveMaximum": "below {}",
    "minItems": "{} or more", "minLength": "{} or more characters",
}  # fmt: skip


def _words(schema: dict[str, Any]) -> str:
    if "anyOf" in schema:
        return " or ".join(map(_words, schema["anyOf"]))
    if "enum" in schema or "const" in schema:
        return "one of " + ", ".join(f'"{value}"' for value in schema.get("enum", [schema.get("const")]))
    if "$ref" in schema:
        return "component"
    kind = str(schema["type"])
    name = {"null": "none", "boolean": "true or false", "array": "list"}.get(kind, kind)
    # Bounds that only keep numbers storable say nothing to a reader.
    bounds = [words.format(schema[key]) for key, words in _BOUNDS.items() if key in schema and schema[key] != LARGEST]
    each = f"; each: {_words(schema['items'])}" if "items" in schema else ""
    return ", ".join([name, *bounds]) + each
