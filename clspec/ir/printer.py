"""A spec as JSON: its meaning alone, the same whatever syntax and layout it was written in."""

from __future__ import annotations

import json
from dataclasses import fields, is_dataclass
from typing import Any, cast

from clspec.ir.spec import Spec


def print_spec(spec: Spec) -> str:
    """The spec as indented JSON, fields in the order of their classes, without what equality ignores."""
    return json.dumps(_meaning(spec), indent=2, ensure_ascii=False) + "\n"


def _meaning(value: object) -> Any:
    if is_dataclass(value) and not isinstance(value, type):
        return {each.name: _meaning(getattr(value, each.name)) for each in fields(value) if each.compare}
    return [_meaning(item) for item in cast("tuple[object, ...]", value)] if isinstance(value, tuple) else value
