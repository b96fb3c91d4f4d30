"""`incremental`: a linear head whose rows grow with the classes it meets."""

from __future__ import annotations

from typing import Annotated, ClassVar

from clspec.components.arguments import Bounds
from clspec.components.base import Component
from clspec.components.growing import Growth, OwnRule, RowGrowth, Size
from clspec.components.index import Index, given_index
from clspec.components.mistakes import ArgumentError
from clspec.components.reads import flat_width
from clspec.growth import Verb
from clspec.ir.construct import Construct, Expression, call
from clspec.ir.shapes import LOGITS, Shape
from clspec.ir.spec import Role
from clspec.ir.tensors import named

_LOWEST = -65504
"""The lowest number of float16."""


class Incremental(Component):
    """`incremental(initial=2, masking=true, mask_value=-1000, bias=true, index="class_id", reserve=none)`."""

    kind: ClassVar[str] = "incremental"
    summary: ClassVar[str] = "a linear head that gains a row for every new class"
    roles: ClassVar[tuple[Role, ...]] = ("head",)

    initial: Annotated[int, Bounds(ge=1, le=1_000_000)] = 2
    masking: bool = True
    mask_value: float = -1000
    bias: bool = True
    index: Index = "class_id"
    reserve: Annotated[int, Bounds(ge=1, le=1_000_000)] | None = None
    auto: bool = True

    def judge(self) -> None:
        if not _LOWEST <= self.mask_value < 0:
            message = f'argument "mask_value" of incremental must be below 0 and at least {_LOWEST}'
            help = f"a hidden class must lose every argmax, and float16 holds nothing below {_LOWEST}"
            raise ArgumentError("mask_value", f"{message}, not {self.mask_value:g}", "CL204", help)

    def output_shape(self, inputs: tuple[Shape, ...]) -> Shape:
        flat_width(inputs, self.kind)
        return LOGITS

    def own_rules(self) -> tuple[OwnRule, ...]:
        return (OwnRule("new_class", "expand"),) if self.auto else ()

    def growth(self, inputs: tuple[Shape, ...]) -> Growth:
        width = flat_width(inputs, self.kind)
        row = Size.of(named({"weight": (width,)} | ({"bias": ()} if self.bias else {})))
        return RowGrowth(self.initial, row, compact=self.index == "compact", reserve=self.reserve)

    def can(self) -> tuple[Verb, ...]:
        return (*super().can(), "align")

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
        given |= given_index(self.index)
        return given | ({} if self.reserve is None else {"reserve": self.reserve})

    def details(self, inputs: tuple[Shape, ...], output: Shape) -> tuple[str, ...]:
        return () if self.reserve is None else (f"{self.reserve} columns reserved",)
