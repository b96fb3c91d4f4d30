"""The YAML form as JSON Schema (draft 7), for editors and for other tools; made from the components' own types."""

from __future__ import annotations

import json
from typing import Any, get_args

from clspec.growth import Verb
from clspec.ir.spec import Role
from clspec.reference import COMPONENT, KindReference, Schema, kinds
from clspec.syntax.edition import NEWEST_EDITION

_NAME = "[A-Za-z_][A-Za-z0-9_]*"
_REFERENCE = rf"{_NAME}(\.[A-Za-z0-9_]+)*(\[[-:0-9 ]+\])*"
_LIST_OF_REFERENCES = rf"{_REFERENCE}(\s*,\s*{_REFERENCE})*"
_EXPRESSION: Schema = {"$ref": "#/definitions/expression"}
_VALUE: Schema = {"$ref": "#/definitions/value"}
_SCALAR = ["number", "string", "boolean", "null"]
PASSED: Schema = {"anyOf": [{"type": _SCALAR}, {"type": "array", "items": {"type": _SCALAR}}]}
"""An argument that a component passes on."""
_BODY: dict[str, Schema] = {
    "body": {"type": "array", "items": {"$ref": "#/definitions/part"}},
    "rules": {"type": "array", "items": {"$ref": "#/definitions/rule"}},
}


def yaml_schema() -> Schema:
    """The schema of a spec in YAML. It knows the components, but not shapes, names or rules: `clspec check` does."""
    return {
        "$schema": "http://json-schema.org/draft-07/schema#",
        "title": f"clspec {NEWEST_EDITION}",
        "description": "A continual-learning model in YAML. Made by `clspec schema`.",
        **_fields({"clspec": {"enum": list(range(1, NEWEST_EDITION + 1))}, **_sections()}, ("clspec",)),
        "definitions": {
            "name": _pattern(_NAME),
            "expression": {"type": "string", "pattern": r"^\$\{[\s\S]*\}$", "description": "such as ${2 * width}"},
            "value": _value(),
            "source": _pattern(_REFERENCE),
            "output": _pattern(rf"{_LIST_OF_REFERENCES}(\s+in\s+(train|eval))?"),
            "budget": _pattern(r"(parameters|trainable|memory)\s*<=[\s\S]+"),
            "trigger": _pattern(r"new_class|new_task|experience(\s+[0-9_]+(\s*\.\.\s*[0-9_]*)?)?"),
            "action": _pattern(rf"({'|'.join(get_args(Verb))})\s+{_LIST_OF_REFERENCES}(\s+(until|from)\s+[\w.]+)?"),
            "rule": _rule(),
            "model": _model(),
            "part": _part(),
            "group": _group(),
            **{role: _node(role) for role in get_args(Role)},
            "component": {"anyOf": [_component_mapping(), {"$ref": "#/definitions/sequence"}, _EXPRESSION]},
            "listed": {"anyOf": [{"type": "string"}, _component_mapping(), {"$ref": "#/definitions/sequence"}]},
            "sequence": {"type": "array", "items": {"$ref": "#/definitions/listed"}},
            "arguments": {"allOf": [_arguments_of(kind) for kind in kinds().values()]},
        },
    }


def schema_text() -> str:
    """The schema as it lies in `grammar/clspec.schema.json`."""
    return json.dumps(yaml_schema(), indent=2, ensure_ascii=False) + "\n"


# ---- the file --------------------------------------------------------------------------------------------------------


def _sections() -> dict[str, Schema]:
    used = _fields({"path": {"type": "string"}, "as": {"$ref": "#/definitions/name"}}, ("path",))
    maker = {"anyOf": [{"type": "string"}, _component_mapping()]}
    return {
        "use": _one_or_more({"anyOf": [{"type": "string"}, used]}),
        "streams": _named(maker),
        "models": _named({"$ref": "#/definitions/model"}),
    }


def _model() -> Schema:
    output, budgets = (_one_or_more({"$ref": f"#/definitions/{name}"}) for name in ("output", "budget"))
    head: dict[str, Schema] = {"doc": {"type": "string"}, "params": _named(_VALUE)}
    return _fields({**head, **_BODY, "output": output, "require": budgets})


def _group() -> Schema:
    sources = _one_or_more({"$ref": "#/definitions/source"})
    output = _one_or_more({"$ref": "#/definitions/output"})
    return _fields({"group": {"$ref": "#/definitions/name"}, "from": sources, **_BODY, "output": output}, ("group",))


def _part() -> Schema:
    """Chosen by the key that says the role, so that a mistake is told about that role alone; a rule by its `do`."""
    keys = {**{role: role for role in (*get_args(Role), "group")}, "do": "rule"}
    chosen = [{"if": {"required": [key]}, "then": {"$ref": f"#/definitions/{name}"}} for key, name in keys.items()]
    return {"type": "object", "oneOf": [{"required": [key]} for key in keys], "allOf": chosen}


def _node(role: Role) -> Schema:
    name: Schema = {"$ref": "#/definitions/name"}
    if role == "input":  # `input:` without a name is `x`
        name = {"anyOf": [name, {"type": "null"}]}
    elsewhere = [kind.name for kind in kinds().values() if role not in kind.roles]
    word: Schema = {"type": "string", "not": {"enum": elsewhere}}
    uses = {"anyOf": [word, _component_mapping(), {"$ref": "#/definitions/sequence"}]}
    fields: dict[str, Schema] = {role: name, "uses": uses, "with": _with()}
    if role != "input":
        fields["from"] = _one_or_more({"$ref": "#/definitions/source"})
    return {**_fields(fields, (role, "uses")), "allOf": [{"$ref": "#/definitions/arguments"}]}


def _rule() -> Schema:
    when = {"$ref": "#/definitions/trigger"}
    actions = _one_or_more({"$ref": "#/definitions/action"}, least=1)
    return {
        **_fields({"when": when, "after": when, "do": actions}, ("do",)),
        "not": {"required": ["when", "after"]},
    }


# ---- values and components -------------------------------------------------------------------------------------------


def _value() -> Schema:
    kinds_of_value = [{"type": ["number", "string", "boolean", "null"]}, {"type": "array", "items": _VALUE}, COMPONENT]
    return {"anyOf": kinds_of_value}


def _component_mapping() -> Schema:
    uses = {"anyOf": [{"type": "string"}, {"$ref": "#/definitions/sequence"}]}
    return {**_fields({"uses": uses, "with": _with()}, ("uses",)), "allOf": [{"$ref": "#/definitions/arguments"}]}


def _with() -> Schema:
    return {"anyOf": [_named(_VALUE), {"type": "array", "items": _VALUE}]}


def _arguments_of(kind: KindReference) -> Schema:
    """What `with` may hold where `uses` is this kind."""
    types = {argument.name: _or_expression(argument.type) for argument in kind.arguments}
    required = [argument.name for argument in kind.arguments if argument.required]
    listed: Schema = {"type": "array", "minItems": len(required), "maxItems": len(types)}
    if types:  # draft 7 has no empty list of items
        listed["items"] = list(types.values())
    named = _fields(types, tuple(required))
    if kind.passes_on:
        named["additionalProperties"] = _or_expression(PASSED)
    then: Schema = {"properties": {"with": {"anyOf": [named, listed]}}}
    if required:
        then["required"] = ["with"]
    return {"if": {"properties": {"uses": {"const": kind.name}}, "required": ["uses"]}, "then": then}


def _or_expression(type_: Schema) -> Schema:
    """Any argument may be worked out from parameters, and so may the items of a list."""
    items = {"items": _or_expression(type_["items"])} if "items" in type_ else {}
    return {"anyOf": [{**type_, **items}, _EXPRESSION]}


# ---- shapes ----------------------------------------------------------------------------------------------------------


def _fields(properties: dict[str, Schema], required: tuple[str, ...] = ()) -> Schema:
    needed: dict[str, Any] = {"required": list(required)} if required else {}
    return {"type": "object", "properties": properties, **needed, "additionalProperties": False}


def _named(value: Schema) -> Schema:
    return {"type": "object", "propertyNames": {"$ref": "#/definitions/name"}, "additionalProperties": value}


def _one_or_more(item: Schema, least: int = 0) -> Schema:
    bound = {"minItems": least} if least else {}
    return {"anyOf": [item, {"type": "array", "items": item, **bound}]}


def _pattern(pattern: str) -> Schema:
    return {"type": "string", "pattern": rf"^\s*({pattern})\s*$"}
