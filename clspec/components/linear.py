"""`linear`: a fully connected layer, or a head of a fixed width."""

from __future__ import annotations

from typing import ClassVar

from clspec.components.base import Component, Count
from clspec.components.growing import Growth
from clspec.components.layer_sizes import linear_size
from clspec.components.reads import last_width
from clspec.ir.construct import Construct, call
from clspec.ir.shapes import Shape, features, sequence
from clspec.ir.spec import Role


class Linear(Component):
    """`linear(features, bias=true)`; of a sequence, at each position."""

    kind: ClassVar[str] = "linear"
    summary: ClassVar[str] = "a fully connected layer, or a head of a fixed width"
    roles: ClassVar[tuple[Role, ...]] = ("neck", "head")

    features: Count
    bias: bool = True

    def output_shape(self, inputs: tuple[Shape, ...]) -> Shape:
        last_width(inputs, self.kind)
        if inputs[0].kind == "sequence" and inputs[0].sizes is not None:
            return sequence(inputs[0].sizes[0], self.features)
        return features(self.features)

    def growth(self, inputs: tuple[Shape, ...]) -> Growth:
        return linear_size(last_width(inputs, self.kind), self.features, self.bias)

    def constructor(self, inputs: tuple[Shape, ...]) -> Construct:
        width = last_width(inputs, self.kind)
        bias = {} if self.bias else {"bias": False}
        return call("torch.nn", "Linear", in_features=width, out_features=self.features, **bias)

    def details(self, inputs: tuple[Shape, ...], output: Shape) -> tuple[str, ...]:
        return (f"{last_width(inputs, self.kind)} → {self.features}",)
