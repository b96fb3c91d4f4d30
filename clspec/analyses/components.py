"""Makes components from calls: looks the kind up, works the arguments out, checks them against its types."""

from __future__ import annotations

import typing
from collections.abc import Mapping, Sequence
from typing import Any

from pydantic import ValidationError
from pydantic.fields import FieldInfo

from clspec.analyses.evaluate import EvaluationError, Scalar, evaluate, spell
from clspec.components import NOT_YET, registry
from clspec.components.base import ArgumentError, Component
from clspec.components.sequence import SequenceOf
from clspec.diagnostics import Diagnostic, Related, choices_help
from clspec.ir import values
from clspec.ir.spec import Role
from clspec.ir.values import Argument, Call, Identifier, Name, Value
from clspec.source import Span


class ComponentError(Exception):
    """A component that cannot be made; carries every finding."""

    def __init__(self, diagnostics: Sequence[Diagnostic]) -> None:
        super().__init__()
        self.diagnostics = list(diagnostics)


def make_component(value: Value, role: Role, parameters: Mapping[str, Scalar], models: Sequence[str]) -> Component:
    """The component that a value names, standing in `role`. Raises ComponentError."""
    if isinstance(value, values.Sequence):
        return _make_sequence(value, role, parameters, models)
    component = _make(value, parameters, models)
    if role not in component.roles:
        raise ComponentError([wrong_role(value.span, component.kind, component.roles, role)])
    return component


def wrong_role(span: Span, kind: str, roles: Sequence[Role], role: Role) -> Diagnostic:
    article = {"input": "an"}.get(role, "a")
    return Diagnostic(
        "CL206", f"{kind} cannot stand as {article} {role}", span, f"it is made for: {', '.join(sorted(roles))}"
    )


def _make_sequence(
    value: values.Sequence, role: Role, parameters: Mapping[str, Scalar], models: Sequence[str]
) -> SequenceOf:
    items: list[Component] = []
    found: list[Diagnostic] = []
    if not value.items:
        found.append(Diagnostic("CL202", "an empty list has no component", value.span, "write at least one, or leave it out"))
    for item in value.items:
        try:
            component = _make(item, parameters, models)
            if "neck" not in component.roles:
                raise ComponentError([_no_item(item, component)])
            if component.own_rules() or component.needs_task_labels:
                raise ComponentError(
                    [Diagnostic("CL901", f"{component.kind} inside a list is not yet supported", item.span, "give it a node of its own")]
                )
            items.append(component)
        except ComponentError as error:
            found += error.diagnostics
    if found:
        raise ComponentError(found)
    return SequenceOf(items=tuple(items))


def _no_item(item: Value, component: Component) -> Diagnostic:
    return Diagnostic(
        "CL206", f"{component.kind} cannot stand in a list", item.span, f"it is made for: {', '.join(sorted(component.roles))}"
    )


def _make(value: Value, parameters: Mapping[str, Scalar], models: Sequence[str]) -> Component:
    if isinstance(value, values.Sequence):
        raise ComponentError([Diagnostic("CL901", "a list inside a list is not yet supported", value.span)])
    if not isinstance(value, (Call, Name)):
        raise ComponentError([Diagnostic("CL203", "expected a component here", value.span, "such as `linear(64)` or `[linear(64), relu()]`")])
    name = value.name if isinstance(value, Call) else value
    kind = registry().get(name.text)
    if kind is None:
        raise ComponentError([_unknown(name, models)])
    arguments = value.arguments if isinstance(value, Call) else ()
    return _construct(kind, value.span, arguments, parameters, models)


def _unknown(name: Name, models: Sequence[str]) -> Diagnostic:
    if name.text in NOT_YET:
        return Diagnostic("CL901", f'the component "{name.text}" is not yet supported', name.span)
    if name.text in models:
        return Diagnostic("CL901", f'the model "{name.text}" inside another component is not yet supported', name.span, "give it a node of its own")
    if len(name.parts) > 1:
        return Diagnostic("CL901", "names of `use`d files are not yet supported", name.span)
    known = [kind for kind in registry() if kind.isidentifier()]
    return Diagnostic("CL110", f'unknown component "{name.text}"', name.span, choices_help(name.text, [*known, *models]))


def _construct(
    kind: type[Component], span: Span, arguments: Sequence[Argument], parameters: Mapping[str, Scalar], models: Sequence[str]
) -> Component:
    placed, found = place_arguments(kind.kind, span, arguments, list(kind.model_fields))
    given: dict[str, Any] = {}
    for field, argument in placed.items():
        try:
            given[field] = _argument(kind, field, argument, parameters, models)
        except EvaluationError as error:
            found.append(error.diagnostic)
        except ComponentError as error:
            found += error.diagnostics
    missing = [field for field, info in kind.model_fields.items() if info.is_required() and field not in placed]
    if missing and not any(diagnostic.code == "CL201" for diagnostic in found):
        found.append(_missing(kind, span, missing))
    if found:
        raise ComponentError(found)
    try:
        component = kind.model_validate(given)
        component.judge()
    except ValidationError as error:
        raise ComponentError([_invalid(kind, placed, given, detail) for detail in error.errors()]) from None
    except ArgumentError as error:
        place = placed[error.argument].value.span if error.argument in placed else span
        raise ComponentError([Diagnostic(error.code, error.message, place, error.help)]) from None
    return component


def place_arguments(
    callee: str, span: Span, arguments: Sequence[Argument], names: Sequence[str]
) -> tuple[dict[str, Argument], list[Diagnostic]]:
    """Which argument is meant for which name: positional ones in order, then by name."""
    placed: dict[str, Argument] = {}
    found: list[Diagnostic] = []
    for position, argument in enumerate(arguments):
        if argument.name is None:
            if position >= len(names):
                takes = f"it takes {len(names)}: {', '.join(names)}" if names else "it takes none"
                found.append(Diagnostic("CL205", f"{callee} gets too many arguments", argument.span, takes))
                break
            name: Identifier | None = None
            field = names[position]
        else:
            name, field = argument.name, argument.name.text
        if field not in names:
            place = name.span if name else argument.span
            found.append(Diagnostic("CL201", f'{callee} has no argument "{field}"', place, choices_help(field, names) or "it takes none"))
        elif field in placed:
            found.append(
                Diagnostic(
                    "CL207", f'argument "{field}" of {callee} is given twice', argument.span, None,
                    (Related("first here", placed[field].span),),
                )
            )  # fmt: skip
        else:
            placed[field] = argument
    return placed, found


def _argument(
    kind: type[Component], field: str, argument: Argument, parameters: Mapping[str, Scalar], models: Sequence[str]
) -> Any:
    value = argument.value
    if kind.wraps and _takes_component(kind.model_fields[field]):
        return _wrapped(kind, value, parameters, models)
    if isinstance(value, values.Sequence):
        return tuple(evaluate(item, parameters) for item in value.items)
    if isinstance(value, Name) and value.text not in parameters and value.text in registry():
        raise ComponentError([Diagnostic("CL203", f'argument "{field}" of {kind.kind} is no component', value.span)])
    return evaluate(value, parameters)


def _takes_component(info: FieldInfo) -> bool:
    return isinstance(info.annotation, type) and issubclass(info.annotation, Component)


def _wrapped(kind: type[Component], value: Value, parameters: Mapping[str, Scalar], models: Sequence[str]) -> Component:
    if isinstance(value, values.Sequence):
        raise ComponentError([Diagnostic("CL901", f"a list inside {kind.kind} is not yet supported", value.span)])
    inner = _make(value, parameters, models)
    if inner.kind not in kind.wraps:
        raise ComponentError(
            [
                Diagnostic(
                    "CL901" if {"head", "neck"} & set(inner.roles) else "CL206",
                    f"{kind.kind}({inner.kind}()) is not yet supported"
                    if {"head", "neck"} & set(inner.roles)
                    else f"{kind.kind} holds a head or a layer, not {inner.kind}",
                    value.span,
                    f"it can hold: {', '.join(kind.wraps)}",
                )
            ]
        )
    return inner


def _missing(kind: type[Component], span: Span, missing: Sequence[str]) -> Diagnostic:
    listed = " and ".join(f'"{name}"' for name in missing)
    names = [field if info.is_required() else f"{field}=..." for field, info in kind.model_fields.items()]
    return Diagnostic(
        "CL202", f"{kind.kind} needs the argument{'s' if len(missing) > 1 else ''} {listed}", span,
        f"write `{kind.kind}({', '.join(names)})`",
    )  # fmt: skip


_EXPECTED = {int: "an integer", float: "a number", str: "a string", bool: "`true` or `false`", tuple: "a list"}


def _invalid(kind: type[Component], placed: Mapping[str, Argument], given: Mapping[str, Any], detail: Any) -> Diagnostic:
    field = str(detail["loc"][0])
    value = placed[field].value
    got = given[field]
    if len(detail["loc"]) > 1 and isinstance(value, values.Sequence):
        position = int(detail["loc"][1])
        value, got = value.items[position], got[position]
    where = f'argument "{field}" of {kind.kind}'
    if str(detail["type"]).endswith(("_type", "_of", "_parsing", "_from_float")):
        expected = expected_of(kind.model_fields[field].annotation, deep=len(detail["loc"]) > 1)
        return Diagnostic("CL203", f"{where} must be {expected}, not {_shown(got)}", value.span)
    bounds = {
        "greater_than_equal": "at least {ge}", "less_than_equal": "at most {le}", "less_than": "below {lt}",
        "greater_than": "above {gt}", "too_short": "a list of at least {min_length}", "too_long": "a list of at most {max_length}",
    }  # fmt: skip
    template = bounds.get(str(detail["type"]))
    message = template.format(**detail.get("ctx", {})) if template else str(detail["msg"]).lower()
    return Diagnostic("CL204", f"{where} must be {message}, not {_shown(got)}", value.span)


def _shown(value: Any) -> str:
    if isinstance(value, tuple):
        items: tuple[Any, ...] = typing.cast("tuple[Any, ...]", value)
        return "a list" if items else "an empty list"
    return value.kind if isinstance(value, Component) else spell(value)


def expected_of(annotation: Any, *, deep: bool = False) -> str:
    """A type in a reader's words: `an integer`, `a number or none`."""
    if typing.get_origin(annotation) is typing.Annotated:
        return expected_of(typing.get_args(annotation)[0], deep=deep)
    arguments = typing.get_args(annotation)
    if typing.get_origin(annotation) is tuple:
        return expected_of(arguments[0]) if deep else "a list"
    if arguments:
        return " or ".join("none" if each is type(None) else expected_of(each) for each in arguments)
    return _EXPECTED.get(annotation, "a component")
