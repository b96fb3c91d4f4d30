"""`flatten`: a map or a sequence into flat features."""

from __future__ import annotations

from typing import ClassVar

from clspec.components.base import Component
from clspec.components.reads import numbers
from clspec.ir.construct import Construct, call
from clspec.ir.shapes import Shape, features
from clspec.ir.spec import Role


class Flatten(Component):
    """`flatten()`: (channels, height, width) -> (channels * height * width,), (length, size) -> (length * size,)."""

    kind: ClassVar[str] = "flatten"
    summary: ClassVar[str] = "a map or a sequence into flat features"
    roles: ClassVar[tuple[Role, ...]] = ("neck",)

    def output_shape(self, inputs: tuple[Shape, ...]) -> Shape:
        return features(numbers(inputs[0], self.kind))

    def constructor(self, inputs: tuple[Shape, ...]) -> Construct:
        return call("torch.nn", "Flatten")
