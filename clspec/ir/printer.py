"""A spec as JSON: its meaning alone, the same whatever syntax and layout it was written in."""

from __future__ import annotations

import json
from typing import Any

from pydantic import TypeAdapter

from clspec.ir.spec import Spec

_OF_THE_TEXT = ("file", "syntax", "sha256", "key")
"""What equality ignores, besides the places, which no value is written with."""


def print_spec(spec: Spec) -> str:
    """The spec as indented JSON, fields in the order of their classes."""
    data: dict[str, Any] = TypeAdapter(Spec).dump_python(spec, mode="json")
    return json.dumps(_meaning(data), indent=2, ensure_ascii=False) + "\n"


def _meaning(file: dict[str, Any]) -> dict[str, Any]:
    used = [None if each is None else _meaning(each) for each in file["used"]]
    return {name: value for name, value in file.items() if name not in _OF_THE_TEXT} | {"used": used}
