"""`residual`: layers whose output is added to their input (He et al., 2016)."""

from __future__ import annotations

from typing import ClassVar

from clspec.components.base import Component
from clspec.components.contents import Contents
from clspec.components.growing import Growth
from clspec.components.mistakes import ShapeError
from clspec.components.reads import spelt
from clspec.components.sequence import SequenceOf
from clspec.ir.construct import Construct, call
from clspec.ir.shapes import Shape
from clspec.ir.spec import Role


class Residual(Component):
    """`residual([...])`: what the list gives, plus what it reads; the two have one shape."""

    kind: ClassVar[str] = "residual"
    summary: ClassVar[str] = "a list of layers whose output is added to its input"
    roles: ClassVar[tuple[Role, ...]] = ("neck",)
    holds: ClassVar[tuple[Role, ...]] = ("neck",)

    layers: Component

    def output_shape(self, inputs: tuple[Shape, ...]) -> Shape:
        output = self.layers.output_shape(inputs)
        if output != inputs[0]:
            raise ShapeError(
                f"residual adds what its list gives, {spelt(output)}, to what it reads, {spelt(inputs[0])}",
                "the list must give the shape that it reads: end it with a layer that does",
            )
        return output

    def growth(self, inputs: tuple[Shape, ...]) -> Growth:
        return self._listed.growth(inputs)

    def contents(self, inputs: tuple[Shape, ...]) -> Contents:
        return self._listed.contents(inputs)

    @property
    def _listed(self) -> SequenceOf:
        """A list is taken apart by the constructor, one layer stands alone."""
        return self.layers if isinstance(self.layers, SequenceOf) else SequenceOf(items=(self.layers,))

    def constructor(self, inputs: tuple[Shape, ...]) -> Construct:
        inner = self.layers.constructor(inputs)
        items = inner.positional if isinstance(self.layers, SequenceOf) else (inner,)
        return call("clspec.nn", "Residual", *items)

    def title(self) -> str:
        return f"residual [{self.layers.title()}]"

    def details(self, inputs: tuple[Shape, ...], output: Shape) -> tuple[str, ...]:
        return self.layers.details(inputs, output)
