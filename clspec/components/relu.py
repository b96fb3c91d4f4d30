"""`relu`."""

from __future__ import annotations

from typing import ClassVar

from clspec.components.base import Component, Construct, call
from clspec.ir.shapes import Shape
from clspec.ir.spec import Role


class ReLU(Component):
    """`relu()`."""

    kind: ClassVar[str] = "relu"
    summary: ClassVar[str] = "the rectifier, elementwise"
    roles: ClassVar[tuple[Role, ...]] = ("neck",)

    def output_shape(self, inputs: tuple[Shape, ...]) -> Shape:
        return inputs[0]

    def constructor(self, inputs: tuple[Shape, ...]) -> Construct:
        return call("torch.nn", "ReLU")
