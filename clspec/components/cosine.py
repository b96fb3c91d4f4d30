"""`cosine`: a head that measures angles, with rows that grow (LUCIR; Hou et al., 2019)."""

from __future__ import annotations

from typing import Annotated, ClassVar

from clspec.components.arguments import Bounds
from clspec.components.base import Component
from clspec.components.growing import Growth, OwnRule, RowGrowth, Size
from clspec.components.reads import flat_width
from clspec.ir.construct import Construct, Expression, call
from clspec.ir.shapes import LOGITS, Shape
from clspec.ir.spec import Role
from clspec.ir.tensors import named


class Cosine(Component):
    """`cosine(initial=2, scale=true)`: cosines of features and rows, times a learned scale."""

    kind: ClassVar[str] = "cosine"
    summary: ClassVar[str] = "cosines of features and rows, times a learned scale; a row for every new class"
    roles: ClassVar[tuple[Role, ...]] = ("head",)

    initial: Annotated[int, Bounds(ge=1, le=1_000_000)] = 2
    scale: bool = True
    auto: bool = True

    def output_shape(self, inputs: tuple[Shape, ...]) -> Shape:
        flat_width(inputs, self.kind)
        return LOGITS

    def own_rules(self) -> tuple[OwnRule, ...]:
        return (OwnRule("new_class", "expand"),) if self.auto else ()

    def growth(self, inputs: tuple[Shape, ...]) -> Growth:
        row = Size.of(named({"weight": (flat_width(inputs, self.kind),)}))
        return RowGrowth(self.initial, row, shared=Size.of(named({"scale": (1,)} if self.scale else {})))

    def constructor(self, inputs: tuple[Shape, ...]) -> Construct:
        width = flat_width(inputs, self.kind)
        scale: dict[str, Expression] = {} if self.scale else {"scale": False}
        return call("clspec.nn", "CosineClassifier", in_features=width, initial_out_features=self.initial, **scale)
