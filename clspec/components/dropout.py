"""`dropout`."""

from __future__ import annotations

from typing import ClassVar

from clspec.components.base import Component, Rate
from clspec.components.reads import no_tokens
from clspec.ir.construct import Construct, call
from clspec.ir.shapes import Shape
from clspec.ir.spec import Role


class Dropout(Component):
    """`dropout(rate=0.5)`."""

    kind: ClassVar[str] = "dropout"
    summary: ClassVar[str] = "zeroes each number with this probability while training"
    roles: ClassVar[tuple[Role, ...]] = ("neck",)

    rate: Rate = 0.5

    def output_shape(self, inputs: tuple[Shape, ...]) -> Shape:
        return no_tokens(inputs[0], self.kind)

    def constructor(self, inputs: tuple[Shape, ...]) -> Construct:
        return call("torch.nn", "Dropout", p=self.rate)
