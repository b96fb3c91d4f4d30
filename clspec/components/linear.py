"""`linear`: a fully connected layer, or a head of a fixed width."""

from __future__ import annotations

from typing import ClassVar

from clspec.components.base import Component, Construct, Count, Growth, Size, call, flat_width
from clspec.ir.shapes import Shape, features
from clspec.ir.spec import Role


class Linear(Component):
    """`linear(features, bias=true)`."""

    kind: ClassVar[str] = "linear"
    summary: ClassVar[str] = "a fully connected layer, or a head of a fixed width"
    roles: ClassVar[tuple[Role, ...]] = ("neck", "head")

    features: Count
    bias: bool = True

    def output_shape(self, inputs: tuple[Shape, ...]) -> Shape:
        flat_width(inputs, self.kind)
        return features(self.features)

    def growth(self, inputs: tuple[Shape, ...]) -> Growth:
        return Size(self.features * (flat_width(inputs, self.kind) + self.bias))

    def constructor(self, inputs: tuple[Shape, ...]) -> Construct:
        width = flat_width(inputs, self.kind)
        bias = {} if self.bias else {"bias": False}
        return call("torch.nn", "Linear", in_features=width, out_features=self.features, **bias)

    def details(self, inputs: tuple[Shape, ...], output: Shape) -> tuple[str, ...]:
        return (f"{flat_width(inputs, self.kind)} → {self.features}",)
