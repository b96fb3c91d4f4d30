"""The YAML form as JSON Schema (draft 7), for editors and for other tools; made from the components' own types."""

from __future__ import annotations

import json
import keyword
from typing import Any, get_args

from clspec.analyses.identifiers import LONGEST, RESERVED
from clspec.growth import Verb
from clspec.ir.spec import Role
from clspec.reference import COMPONENT, KindReference, Schema, kinds
from clspec.syntax.edition import NEWEST_EDITION

_WORD = "[A-Za-z_][A-Za-z0-9_]*"
_PLACE = rf"{_WORD}(\s*\.\s*[A-Za-z0-9_]+)*"
_REFERENCE = rf"{_PLACE}(\s*\[[-:0-9\s]+\])*"
_LIST_OF_PLACES, _LIST_OF_REFERENCES = (rf"{each}(\s*,\s*{each})*" for each in (_PLACE, _REFERENCE))
_FILE = r"(?![/\\]|[^/]:)[^\\]*\.([cC][lL][sS][pP][eE][cC]|[yY][aA]?[mM][lL])"
_STANDING = ("freeze", "unfreeze")
"""What a rule may do from the start; everything else needs a trigger."""
_EXPRESSION: Schema = {"$ref": "#/definitions/expression"}
_VALUE: Schema = {"$ref": "#/definitions/value"}
_SCALAR = ["number", "string", "boolean", "null"]
PASSED: Schema = {"anyOf": [{"type": _SCALAR}, {"type": "array", "items": {"type": _SCALAR}}]}
"""An argument that a component passes on."""
_WITH_A_KIND: Schema = {"if": {"required": ["with"]}, "then": {"properties": {"uses": {"$ref": "#/definitions/kind"}}}}
_OF_PYTHON = [*keyword.kwlist, *keyword.softkwlist]
_BODY: dict[str, Schema] = {
    "body": {"type": "array", "minItems": 1, "items": {"$ref": "#/definitions/part"}},
    "rules": {"type": "array", "items": {"$ref": "#/definitions/rule"}},
}


def yaml_schema() -> Schema:
    """The schema of a spec in YAML. It knows the components, but not shapes, names or rules: `clspec check` does."""
    return {
        "$schema": "http://json-schema.org/draft-07/schema#",
        "title": f"clspec {NEWEST_EDITION}",
        "description": "A continual-learning model in YAML. Made by `clspec schema`.",
        **_fields({"clspec": {"enum": list(range(1, NEWEST_EDITION + 1))}, **_sections()}, ("clspec", "models")),
        "definitions": {
            "word": _pattern(_WORD),
            "parameter": {**_name(), "not": {"enum": _OF_PYTHON}},
            "name": {**_name(), "not": {"enum": sorted({*_OF_PYTHON, *RESERVED})}},
            "kind": _pattern(_PLACE),
            "expression": {
                "type": "string",
                "pattern": r"^\$\{\s*[^\s}][\s\S]*\}$",
                "description": "such as ${2 * width}",
            },
            "value": _value(),
            "source": _pattern(_PLACE),
            "output": _pattern(rf"{_LIST_OF_PLACES}(\s+in\s+(train|eval))?"),
            "budget": _pattern(r"(parameters|trainable|memory)\s*<=[\s\S]+"),
            "trigger": _pattern(r"new_class|new_task|experience(\s+[0-9_]+(\s*\.\.\s*[0-9_]*)?)?"),
            "action": _action(get_args(Verb)),
            "standing": _action(_STANDING),
            "rule": _rule(),
            "model": _model(),
            "part": _part(),
            "group": _group(),
            **{role: _node(role) for role in get_args(Role)},
            "component": {"anyOf": [_component_mapping(), {"$ref": "#/definitions/sequence"}, _EXPRESSION]},
            "listed": {"anyOf": [_listed_word(), _component_mapping(), {"$ref": "#/definitions/sequence"}]},
            "sequence": {"type": "array", "minItems": 1, "items": {"$ref": "#/definitions/listed"}},
            "arguments": {"allOf": [_arguments_of(kind) for kind in kinds().values()]},
        },
    }


def schema_text() -> str:
    """The schema as it lies in `grammar/clspec.schema.json`."""
    return json.dumps(yaml_schema(), indent=2, ensure_ascii=False) + "\n"


# ---- the file --------------------------------------------------------------------------------------------------------


def _sections() -> dict[str, Schema]:
    path = _pattern(_FILE)
    used = _fields({"path": path, "as": {"$ref": "#/definitions/parameter"}}, ("path",))
    makers = [kind.name for kind in kinds().values() if not kind.roles]
    maker = {**_component_mapping(), "properties": {"uses": _pattern("|".join(makers)), "with": _with()}}
    return {
        "use": _one_or_more({"anyOf": [path, used]}),
        "streams": _named("name", maker),
        "models": {**_named("name", {"$ref": "#/definitions/model"}), "minProperties": 1},
    }


def _model() -> Schema:
    output, budgets = (_one_or_more({"$ref": f"#/definitions/{name}"}) for name in ("output", "budget"))
    head: dict[str, Schema] = {"doc": {"type": "string"}, "params": _named("parameter", _VALUE)}
    return _fields({**head, **_BODY, "output": output, "require": budgets}, ("body",))


def _group() -> Schema:
    sources = _one_or_more({"$ref": "#/definitions/source"})
    output = _one_or_more({"$ref": "#/definitions/output"})
    return _fields(
        {"group": {"$ref": "#/definitions/name"}, "from": sources, **_BODY, "output": output}, ("group", "body")
    )


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
    word: Schema = {"$ref": "#/definitions/kind"}
    kind: Schema = {"allOf": [word, {"not": {"enum": elsewhere}}]}
    uses = {"anyOf": [kind, _EXPRESSION, _component_mapping(), {"$ref": "#/definitions/sequence"}]}
    fields: dict[str, Schema] = {role: name, "uses": uses, "with": _with()}
    if role != "input":
        fields["from"] = _one_or_more({"$ref": "#/definitions/source"})
    return {**_fields(fields, (role, "uses")), "allOf": [{"$ref": "#/definitions/arguments"}, _WITH_A_KIND]}


def _action(verbs: tuple[str, ...]) -> Schema:
    return _pattern(rf"({'|'.join(verbs)})\s+{_LIST_OF_REFERENCES}(\s+(until|from)\s+[\w.\s]+)?")


def _rule() -> Schema:
    when = {"$ref": "#/definitions/trigger"}
    actions, standing = (_one_or_more({"$ref": f"#/definitions/{name}"}, least=1) for name in ("action", "standing"))
    return {
        **_fields({"when": when, "after": when, "do": actions}, ("do",)),
        "not": {"required": ["when", "after"]},
        "if": {"not": {"anyOf": [{"required": ["when"]}, {"required": ["after"]}]}},
        "then": {"properties": {"do": standing}},
    }


# ---- values and components -------------------------------------------------------------------------------------------


def _value() -> Schema:
    kinds_of_value = [{"type": ["number", "string", "boolean", "null"]}, {"type": "array", "items": _VALUE}, COMPONENT]
    return {"anyOf": kinds_of_value}


def _component_mapping() -> Schema:
    held: Schema = {"$ref": "#/definitions/component"}
    uses = {"anyOf": [{"$ref": "#/definitions/kind"}, held]}
    return {
        **_fields({"uses": uses, "with": _with()}, ("uses",)),
        "allOf": [{"$ref": "#/definitions/arguments"}, _WITH_A_KIND],
    }


def _listed_word() -> Schema:
    """A word in a list of components: one that needs no argument."""
    needing = [kind.name for kind in kinds().values() if any(argument.required for argument in kind.arguments)]
    return {
        "anyOf": [
            {
                "$ref": "#/definitions/kind",
            },
            _EXPRESSION,
        ],
        "not": {"enum": needing},
    }


def _with() -> Schema:
    return {"anyOf": [_named("word", _VALUE), {"type": "array", "items": _VALUE}]}


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


def _named(names: str, value: Schema) -> Schema:
    return {"type": "object", "propertyNames": {"$ref": f"#/definitions/{names}"}, "additionalProperties": value}


def _name() -> Schema:
    return _pattern(rf"[A-Za-z][A-Za-z0-9_]{{0,{LONGEST - 1}}}")


def _one_or_more(item: Schema, least: int = 0) -> Schema:
    bound = {"minItems": least} if least else {}
    return {"anyOf": [item, {"type": "array", "items": item, **bound}]}


def _pattern(pattern: str) -> Schema:
    return {"type": "string", "pattern": rf"^\s*({pattern})\s*$"}
