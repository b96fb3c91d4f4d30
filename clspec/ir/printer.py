"""A spec as JSON: its meaning alone, the same whatever syntax and layout it was written in."""

from __future__ import annotations

import json
from typing import Any

from pydantic import TypeAdapter

from clspec.ir.spec import Spec

_OF_THE_TEXT = {"file", "syntax", "sha256"}
"""What equality ignores, besides the places, which no value is written with."""


def print_spec(spec: Spec) -> str:
    """The spec as indented JSON, fields in the order of their classes."""
    data: dict[str, Any] = TypeAdapter(Spec).dump_python(spec, mode="json", exclude=_OF_THE_TEXT)
    return json.dumps(data, indent=2, ensure_ascii=False) + "\n"
