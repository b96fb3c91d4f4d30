"""`layer_norm`: layer normalisation (Ba et al., 2016)."""

from __future__ import annotations

from typing import ClassVar

from clspec.components.base import Component
from clspec.components.growing import Growth, Size
from clspec.components.mistakes import ShapeError
from clspec.components.reads import last_width, spelt
from clspec.ir.construct import Construct, call
from clspec.ir.shapes import Shape
from clspec.ir.spec import Role
from clspec.ir.tensors import named


class LayerNorm(Component):
    """`layer_norm()`: each sample, or each position of a sequence, over its features."""

    kind: ClassVar[str] = "layer_norm"
    summary: ClassVar[str] = "layer normalisation over the features of each sample, or of each position of a sequence"
    roles: ClassVar[tuple[Role, ...]] = ("neck",)

    def output_shape(self, inputs: tuple[Shape, ...]) -> Shape:
        self._width(inputs)
        return inputs[0]

    def growth(self, inputs: tuple[Shape, ...]) -> Growth:
        width = self._width(inputs)
        return Size.of(named({"weight": (width,), "bias": (width,)}))

    def constructor(self, inputs: tuple[Shape, ...]) -> Construct:
        return call("torch.nn", "LayerNorm", normalized_shape=self._width(inputs))

    def _width(self, inputs: tuple[Shape, ...]) -> int:
        if inputs[0].kind == "map":
            # Over its channels or over all of it: networks differ, so neither is chosen unsaid.
            message = f"layer_norm reads flat features or a sequence, but gets {spelt(inputs[0])}"
            raise ShapeError(message, "`batch_norm()` is the norm for maps; or flatten it first")
        return last_width(inputs, self.kind)
