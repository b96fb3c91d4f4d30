"""Frozen, keyword-only dataclasses that cost next to nothing to define.

`dataclasses.dataclass` compiles six functions for every class, which for the few dozen classes here takes longer than
checking a spec. These share theirs. To `dataclasses` and to Pydantic (`validation.py`) they are dataclasses.
"""

from __future__ import annotations

from dataclasses import MISSING, FrozenInstanceError, dataclass, field, fields
from functools import cache
from typing import Annotated, Any, ClassVar, NoReturn, TypeVar, dataclass_transform

Class = TypeVar("Class")


class _Shared:
    """The methods of every frozen class."""

    __arguments__: ClassVar[tuple[frozenset[str], frozenset[str]]]
    """The names of the fields without a default, and of all fields."""
    # What Pydantic goes by where it validates one.
    __pydantic_config__: ClassVar[dict[str, Any]] = {
        "strict": True,
        "arbitrary_types_allowed": True,
        "revalidate_instances": "always",
    }

    def __init__(self, /, **given: Any) -> None:
        needed, known = self.__arguments__
        if not needed <= given.keys() <= known:
            wrong = sorted((needed - given.keys()) | (given.keys() - known))
            raise TypeError(f"{type(self).__name__}: missing or unknown arguments: {', '.join(wrong)}")
        # What is left out stays the class's own attribute, its default.
        for name, value in given.items():
            object.__setattr__(self, name, value)

    def __repr__(self) -> str:
        shown = (f"{each.name}={getattr(self, each.name)!r}" for each in _fields(self) if each.repr)
        return f"{type(self).__qualname__}({', '.join(shown)})"

    def __eq__(self, other: object) -> bool:
        return _compared(self) == _compared(other) if type(self) is type(other) else NotImplemented

    def __hash__(self) -> int:
        return hash(_compared(self))

    def __setattr__(self, name: str, value: object) -> NoReturn:
        raise FrozenInstanceError(f"cannot assign to field {name!r}")

    def __delattr__(self, name: str) -> NoReturn:
        raise FrozenInstanceError(f"cannot delete field {name!r}")


_SHARED = {name: member for name, member in vars(_Shared).items() if callable(member) or name == "__pydantic_config__"}


# A type checker does not look through `frozen = dataclass(...)`: the transform says what it makes.
@dataclass_transform(kw_only_default=True, frozen_default=True, field_specifiers=(field,))
def frozen(cls: type[Class]) -> type[Class]:
    """Makes a class a frozen, keyword-only dataclass."""
    made: Any = dataclass(init=False, repr=False, eq=False, kw_only=True)(cls)
    for name, member in _SHARED.items():
        setattr(made, name, member)
    known = fields(made)
    needed = frozenset(each.name for each in known if each.default is MISSING)
    made.__arguments__ = needed, frozenset(each.name for each in known)
    return made


class Instance:
    """Marks a type of which Pydantic asks no more than that a value is one of it."""

    def __get_pydantic_core_schema__(self, source: Any, handler: Any) -> Any:
        from pydantic_core import core_schema

        return core_schema.is_instance_schema(source)


class Tagged:
    """Marks a union whose members Pydantic tells apart by a field, which each holds as a literal."""

    def __init__(self, name: str) -> None:
        self.name = name

    def __get_pydantic_core_schema__(self, source: Any, handler: Any) -> Any:
        from pydantic import Field

        return handler(Annotated[source, Field(discriminator=self.name)])


def _fields(of: object) -> Any:
    return fields(of)  # pyright: ignore[reportArgumentType]


def _compared(of: object) -> tuple[Any, ...]:
    return tuple(getattr(of, name) for name in _compared_names(type(of)))


@cache
def _compared_names(cls: type[Any]) -> tuple[str, ...]:
    return tuple(each.name for each in _fields(cls) if each.compare)
