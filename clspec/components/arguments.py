"""The arguments of a component: its fields and their types, and how a value is fitted to one.

Pydantic judges arguments (strictly: no string is a number). What plainly fits is taken without it, as importing it
takes longer than checking a short spec.
"""

from __future__ import annotations

import operator
import sys
import types
from collections.abc import Mapping, Sequence
from dataclasses import MISSING, fields
from functools import cache
from typing import (
    TYPE_CHECKING,
    Annotated,
    Any,
    Literal,
    NamedTuple,
    TypeVar,
    Union,
    cast,
    get_args,
    get_origin,
    get_type_hints,
)

if TYPE_CHECKING:
    from pydantic import BaseModel
    from pydantic_core import ErrorDetails

Kind = TypeVar("Kind")


class UnfitError(Exception):
    """Values that do not fit the types of arguments; `details` are Pydantic's, one a value."""

    def __init__(self, details: Sequence[ErrorDetails]) -> None:
        super().__init__(details)
        self.details = details


class Bounds:
    """Bounds of a number, or of the length of a list, as a type's annotation: `Annotated[int, Bounds(ge=1)]`."""

    def __init__(
        self,
        *,
        ge: float | None = None,
        gt: float | None = None,
        le: float | None = None,
        lt: float | None = None,
        min_length: int = 0,
        max_length: int | None = None,
    ) -> None:
        given = {"ge": ge, "gt": gt, "le": le, "lt": lt, "min_length": min_length or None, "max_length": max_length}
        self.given = {name: bound for name, bound in given.items() if bound is not None}

    def hold(self, value: Any) -> bool:
        """Whether a value is within them."""
        measured: Any = len(cast("tuple[Any, ...]", value)) if isinstance(value, tuple) else value
        return all(_HOLDS[name](measured, bound) for name, bound in self.given.items())

    def __get_pydantic_core_schema__(self, source: Any, handler: Any) -> Any:
        from pydantic import Field

        return handler(Annotated[source, Field(**cast(Any, self.given))])


_HOLDS = {
    "ge": operator.ge, "gt": operator.gt, "le": operator.le, "lt": operator.lt,
    "min_length": operator.ge, "max_length": operator.le,
}  # fmt: skip


class ArgumentField(NamedTuple):
    """A field of a component: the type of what is given, and its default."""

    type: Any
    default: Any

    @property
    def required(self) -> bool:
        return self.default is MISSING


@cache
def arguments_of(kind: type[Any]) -> Mapping[str, ArgumentField]:
    """The arguments of a kind, in positional order."""
    known = {each.name: each.default for each in fields(kind) if each.metadata.get("argument", True)}
    # Of the fields alone: a kind has many more annotations, and evaluating those takes as long as checking a spec.
    hints: dict[str, Any] = {}
    for owner in reversed(kind.__mro__):
        written = {name: text for name, text in vars(owner).get("__annotations__", {}).items() if name in known}
        holder = types.SimpleNamespace(__annotations__=written)
        hints |= get_type_hints(holder, vars(sys.modules[owner.__module__]), include_extras=True)
    return {name: ArgumentField(hints[name], default) for name, default in known.items()}


def fit(kind: type[Kind], given: Mapping[str, Any]) -> Kind:
    """A component of these arguments. Raises UnfitError for what does not fit their types."""
    known = arguments_of(kind)
    taken = {name: _plain(known[name].type, value) for name, value in given.items()}
    return kind(**(_judged(kind, given) if _UNSURE in taken.values() else taken))


def misfits(kind: type[Any], given: Mapping[str, Any]) -> list[ErrorDetails]:
    """What of these arguments does not fit; that some are missing is not said."""
    try:
        _judged(kind, given)
    except UnfitError as error:
        return [each for each in error.details if each["type"] != "missing"]
    return []


def _judged(kind: type[Any], given: Mapping[str, Any]) -> dict[str, Any]:
    """The arguments as Pydantic takes them."""
    from pydantic import ValidationError

    try:
        taken = _model(kind).model_validate(dict(given))
    except ValidationError as error:
        raise UnfitError(_first_told(error.errors())) from None
    return {name: getattr(taken, name) for name in given}


def _first_told(details: Sequence[ErrorDetails]) -> list[ErrorDetails]:
    """What does not fit; where items of a list do not, Pydantic also counts those that are left, and finds too few."""
    of_items = {each["loc"][0] for each in details if any(isinstance(step, int) for step in each["loc"])}
    return [each for each in details if each["type"] != "too_short" or each["loc"][0] not in of_items]


@cache
def _model(kind: type[Any]) -> type[BaseModel]:
    from pydantic import ConfigDict, create_model

    config = ConfigDict(strict=True, extra="forbid", arbitrary_types_allowed=True)
    known = {name: (each.type, ... if each.required else each.default) for name, each in arguments_of(kind).items()}
    return create_model(kind.__name__, __config__=config, **cast(Any, known))


_UNSURE = object()


def _plain(wanted: Any, value: Any) -> Any:
    """The value as Pydantic would take it for a type; `_UNSURE` where only Pydantic can tell."""
    if wanted is float and type(value) is int:
        return float(value)
    if isinstance(wanted, type):
        exact = wanted in (int, float, str, bool, types.NoneType)
        fits = type(value) is wanted if exact else isinstance(value, wanted)
        return value if fits else _UNSURE
    origin, inner = get_origin(wanted), get_args(wanted)
    if origin is Annotated:
        taken = _plain(inner[0], value)
        bounds = inner[1:]
        fits = taken is not _UNSURE and all(isinstance(each, Bounds) and each.hold(taken) for each in bounds)
        return taken if fits else _UNSURE
    if origin is Literal:
        return value if isinstance(value, str) and value in inner else _UNSURE
    if origin in (Union, types.UnionType):
        return value if any(_plain(each, value) is value for each in inner) else _UNSURE
    if origin is tuple and inner[1:] == (Ellipsis,) and isinstance(value, tuple):
        items = tuple(_plain(inner[0], item) for item in cast("tuple[Any, ...]", value))
        return _UNSURE if _UNSURE in items else items
    return _UNSURE
