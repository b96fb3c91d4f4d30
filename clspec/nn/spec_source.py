"""What a compiled class carries of the spec it came from."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal


@dataclass(frozen=True, kw_only=True)
class SpecSource:
    """A spec's text with what else decides the generated code: compiling it again gives the same class.

    `file` is the name that messages use, `parameters` are the values of the model's parameters, `used` the texts of the
    files that the spec uses, by their paths from its folder, `target` the library that it was compiled for.
    """

    file: str
    syntax: Literal["clspec", "yaml"]
    model: str
    parameters: Mapping[str, int | float | str | bool | list[int | float | str | bool | None] | None]
    text: str
    used: Mapping[str, str] = field(default_factory=dict[str, str])
    target: Literal["torch", "avalanche"] = "torch"
