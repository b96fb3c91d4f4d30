"""Matches the arguments of a call with names and types, and says in a reader's words what does not fit."""

from __future__ import annotations

import re
import typing
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from clspec.analyses.evaluate import spell
from clspec.components.arguments import arguments_of
from clspec.components.base import Component
from clspec.diagnostics import Diagnostic, Findings, Related, choices_help, nearest
from clspec.ir import values
from clspec.ir.values import Argument
from clspec.source import Span

if TYPE_CHECKING:
    from pydantic_core import ErrorDetails

_EXPECTED = {int: "an integer", float: "a number", str: "a string", bool: "`true` or `false`", tuple: "a list"}
_UNQUOTED = re.compile(r"-?[0-9]+(\.[0-9]+)?|true|false|none")
"""What is meant as a value by who writes it as a string."""
_BOUNDS = {
    "greater_than_equal": "at least {ge}",
    "greater_than": "above {gt}",
    "less_than_equal": "at most {le}",
    "less_than": "below {lt}",
    "too_short": "a list of at least {min_length}",
    "too_long": "a list of at most {max_length}",
}
"""What a type of pydantic's errors asks for."""


def place_arguments(
    callee: str, span: Span, arguments: Sequence[Argument], names: Sequence[str], any_name: bool = False
) -> tuple[dict[str, Argument], Findings]:
    """Which argument is meant for which name: positional ones in order, then by name; `any_name`: by any other too."""
    placed: dict[str, Argument] = {}
    found = Findings()
    for position, argument in enumerate(arguments):
        if argument.name is None and position >= len(names):
            takes = f"it takes {len(names)}: {', '.join(names)}" if names else "it takes none"
            found.report("CL205", f"{callee} gets too many arguments", argument.span, takes)
            break
        name = names[position] if argument.name is None else argument.name.text
        if argument.name is not None and name not in names and not any_name:
            help = choices_help(name, names) or "it takes none"
            found.report("CL201", f'{callee} has no argument "{name}"', argument.name.span, help)
        elif name in placed:
            first = Related("first here", placed[name].span)
            message = f'argument "{name}" of {callee} is given twice'
            found.report("CL207", message, argument.span, "keep one of the two", first)
        else:
            placed[name] = argument
    return placed, found


def missing_arguments(kind: type[Component], span: Span, missing: Sequence[str]) -> Diagnostic:
    listed = " and ".join(f'"{name}"' for name in missing)
    names = [name if each.required else f"{name}=..." for name, each in arguments_of(kind).items()]
    plural = "s" if len(missing) > 1 else ""
    help = f"write `{kind.kind}({', '.join(names)})`"
    return Diagnostic("CL202", f"{kind.kind} needs the argument{plural} {listed}", span, help)


def invalid_argument(
    kind: type[Component], placed: Mapping[str, Argument], given: Mapping[str, Any], detail: ErrorDetails
) -> Diagnostic:
    """What pydantic says about an argument, at its place and in the language's words."""
    field, *inside = detail["loc"]
    value, got = placed[str(field)].value, given[str(field)]
    steps = [step for step in inside if isinstance(step, int)]
    for position in steps:
        value, got = value.items[position] if isinstance(value, values.Sequence) else value, got[position]
    where = f'{"an item of " if steps else ""}argument "{field}" of {kind.kind}'
    if detail["type"].endswith(("_type", "_of", "_parsing", "_from_float")):
        expected = expected_of(arguments_of(kind)[str(field)].type, deep=bool(inside))
        help = None
        if isinstance(value, values.Arithmetic) and isinstance(got, float):
            help = "`//` divides without a remainder"
        elif isinstance(got, str) and _UNQUOTED.fullmatch(got):
            help = f"without quotes: `{got}`"
        elif expected == "a list" and isinstance(value, (values.Integer, values.Decimal, values.Text)):
            help = f"write `[{value.span.text}]`"
        elif isinstance(got, float) and got.is_integer() and expected == "an integer":
            help = f"write `{int(got)}`"
        elif by_position(placed[str(field)]) and not steps and next(iter(arguments_of(kind))) != field:
            help = f"its arguments in order: {', '.join(arguments_of(kind))}"
        return Diagnostic("CL203", f"{where} must be {expected}, not {_shown(got)}", value.span, help)
    if detail["type"] == "literal_error":
        choices: Sequence[str] = typing.get_args(arguments_of(kind)[str(field)].type)
        if not isinstance(got, str):
            return Diagnostic("CL203", f"{where} must be a string, not {_shown(got)}", value.span)
        wanted = " or ".join(f'"{choice}"' for choice in choices)
        return Diagnostic("CL204", f'{where} must be {wanted}, not "{got}"', value.span, nearest(got, choices))
    template = _BOUNDS.get(detail["type"])
    wanted = template.format(**detail.get("ctx", {})) if template else detail["msg"].lower()
    shown = f"one of {len(got):,}" if detail["type"] == "too_long" else _shown(got)
    return Diagnostic("CL204", f"{where} must be {wanted}, not {shown}", value.span)


def by_position(argument: Argument) -> bool:
    """Whether an argument was written without its name, which it may have been given since."""
    return argument.name is None or argument.name.span == argument.span


def _shown(value: Any) -> str:
    if isinstance(value, tuple):
        items: tuple[Any, ...] = typing.cast("tuple[Any, ...]", value)
        return "a list" if items else "an empty list"
    return value.kind if isinstance(value, Component) else spell(value)


def expected_of(annotation: Any, *, deep: bool = False) -> str:
    """A type in a reader's words: `an integer`, `a number or none`. `deep`: that of an item of a list."""
    arguments = typing.get_args(annotation)
    if typing.get_origin(annotation) is typing.Annotated:
        return expected_of(arguments[0], deep=deep)
    if typing.get_origin(annotation) is typing.Literal:
        return "a string"
    if typing.get_origin(annotation) is tuple:
        return expected_of(arguments[0]) if deep else "a list"
    if arguments:
        return " or ".join("none" if each is type(None) else expected_of(each) for each in arguments)
    return _EXPECTED.get(annotation, "a component")
