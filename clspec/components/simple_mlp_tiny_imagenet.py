"""`simple_mlp_tiny_imagenet`: Avalanche's multi-layer perceptron for TinyImageNet, without its classifier."""

from __future__ import annotations

from typing import ClassVar

from clspec.components.base import Component
from clspec.components.growing import Growth
from clspec.components.simple_mlp import SimpleMLP
from clspec.ir.construct import Construct
from clspec.ir.shapes import Shape
from clspec.ir.spec import Role

SAME = SimpleMLP(hidden=1024)


class SimpleMLPTinyImageNet(Component):
    """`simple_mlp_tiny_imagenet()`: `simple_mlp(hidden=1024)` by the name that Avalanche gives it."""

    kind: ClassVar[str] = "simple_mlp_tiny_imagenet"
    summary: ClassVar[str] = "Avalanche's SimpleMLP_TinyImageNet without its classifier: simple_mlp(hidden=1024)"
    roles: ClassVar[tuple[Role, ...]] = ("backbone",)

    def output_shape(self, inputs: tuple[Shape, ...]) -> Shape:
        return SAME.output_shape(inputs)

    def stages(self) -> tuple[str, ...]:
        return SAME.stages()

    def growth(self, inputs: tuple[Shape, ...]) -> Growth:
        return SAME.growth(inputs)

    def constructor(self, inputs: tuple[Shape, ...]) -> Construct:
        return SAME.constructor(inputs)

    def details(self, inputs: tuple[Shape, ...], output: Shape) -> tuple[str, ...]:
        return SAME.details(inputs, output)
