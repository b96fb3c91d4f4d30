"""Pydantic's judgement of a spec that a caller built. What was read from a text is right by its making."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

from clspec.ir.spec import Spec

if TYPE_CHECKING:
    from pydantic import TypeAdapter


@cache
def spec_adapter() -> TypeAdapter[Spec]:
    """Pydantic's view of a spec."""
    from pydantic import TypeAdapter  # a quick check must not wait for it

    return TypeAdapter(Spec)


def validated(spec: Spec) -> Spec:
    """An equal spec in which every value has the type that its class says. Raises pydantic.ValidationError."""
    return spec_adapter().validate_python(spec)
