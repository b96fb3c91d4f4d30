"""`incremental`: a linear head whose rows grow with the classes it meets."""

from __future__ import annotations

from typing import Annotated, ClassVar

from pydantic import Field

from clspec.components.base import (
    ArgumentError,
    Component,
    Construct,
    Count,
    Expression,
    Growth,
    OwnRule,
    RowGrowth,
    Size,
    call,
    flat_width,
)
from clspec.diagnostics import nearest
from clspec.ir.shapes import LOGITS, Shape
from clspec.ir.spec import Role

INDICES = ("class_id", "compact")
"""In which column of the logits a class stands."""


class Incremental(Component):
    """`incremental(initial=2, masking=true, mask_value=-1000, bias=true, index="class_id", reserve=none)`."""

    kind: ClassVar[str] = "incremental"
    summary: ClassVar[str] = "a linear head that gains a row for every new class"
    roles: ClassVar[tuple[Role, ...]] = ("head",)

    initial: Annotated[int, Field(ge=1, le=1_000_000)] = 2
    masking: bool = True
    mask_value: float = -1000
    bias: bool = True
    index: str = "class_id"
    reserve: Count | None = None
    auto: bool = True

    def judge(self) -> None:
        if self.index not in INDICES:
            message = f'argument "index" of incremental must be "class_id" or "compact", not "{self.index}"'
            raise ArgumentError("index", message, "CL204", nearest(self.index, INDICES))
        if self.index == "compact":
            raise ArgumentError("index", 'index="compact" is not yet supported', "CL901", "leave it out")
        if self.reserve is not None:
            raise ArgumentError("reserve", 'argument "reserve" is not yet supported', "CL901", "leave it out")

    def output_shape(self, inputs: tuple[Shape, ...]) -> Shape:
        flat_width(inputs, self.kind)
        return LOGITS

    def own_rules(self) -> tuple[OwnRule, ...]:
        return (OwnRule("new_class", "expand"),) if self.auto else ()

    def growth(self, inputs: tuple[Shape, ...]) -> Growth:
        return RowGrowth(self.initial, Size(flat_width(inputs, self.kind) + self.bias))

    def constructor(self, inputs: tuple[Shape, ...]) -> Construct:
        return call("clspec.nn", "IncrementalClassifier", **self.arguments(inputs))

    def arguments(self, inputs: tuple[Shape, ...]) -> dict[str, Expression]:
        """Keyword arguments of the torch module; those at their default are left out."""
        width = flat_width(inputs, self.kind)
        given: dict[str, Expression] = {"in_features": width, "initial_out_features": self.initial}
        if not self.masking:
            given["masking"] = False
        if self.mask_value != -1000:
            given["mask_value"] = self.mask_value
        if not self.bias:
            given["bias"] = False
        return given
