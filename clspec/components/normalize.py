"""`normalize`: vectors of length one."""

from __future__ import annotations

from typing import ClassVar

from clspec.components.base import Component
from clspec.components.mistakes import ShapeError
from clspec.components.reads import no_tokens, spelt
from clspec.ir.construct import Construct, call
from clspec.ir.shapes import Shape
from clspec.ir.spec import Role


class Normalize(Component):
    """`normalize()`: divides by the L2 norm over the features; of a map over its channels, as torch's own does."""

    kind: ClassVar[str] = "normalize"
    summary: ClassVar[str] = "divides by the L2 norm over the features (of a map: the channels; of a sequence: each)"
    roles: ClassVar[tuple[Role, ...]] = ("neck",)

    def output_shape(self, inputs: tuple[Shape, ...]) -> Shape:
        shape = no_tokens(inputs[0], self.kind)
        if shape.kind not in ("map", "features", "sequence"):
            message = f"normalize reads a map, features or a sequence, but gets {spelt(shape)}"
            raise ShapeError(message, "read from the part before the head")
        return shape

    def constructor(self, inputs: tuple[Shape, ...]) -> Construct:
        return call("clspec.nn", "Normalize", dim=-1 if inputs[0].kind == "sequence" else 1)
