"""`simple_mlp`: the multi-layer perceptron of Avalanche's examples, without its classifier."""

from __future__ import annotations

from itertools import pairwise
from typing import Annotated, ClassVar

from clspec.components.arguments import Bounds
from clspec.components.base import Component, Count, Rate
from clspec.components.growing import NOTHING, Growth
from clspec.components.layer_sizes import feature_steps, features_size, linear_size
from clspec.components.reads import numbers
from clspec.ir.construct import Construct, call
from clspec.ir.shapes import Shape, features
from clspec.ir.spec import Role


class SimpleMLP(Component):
    """`simple_mlp(hidden=512, layers=1, dropout=0.5)`; flattens its input."""

    kind: ClassVar[str] = "simple_mlp"
    summary: ClassVar[str] = "Avalanche's SimpleMLP without its classifier; flattens its input"
    roles: ClassVar[tuple[Role, ...]] = ("backbone",)

    hidden: Count = 512
    layers: Annotated[int, Bounds(ge=1, le=1000)] = 1
    dropout: Rate = 0.5

    def output_shape(self, inputs: tuple[Shape, ...]) -> Shape:
        numbers(inputs[0], self.kind)
        return features(self.hidden)

    def stages(self) -> tuple[str, ...]:
        return feature_steps(3 * self.layers)

    def growth(self, inputs: tuple[Shape, ...]) -> Growth:
        widths = (numbers(inputs[0], self.kind), *[self.hidden] * self.layers)
        return features_size(step for wired in pairwise(widths) for step in (linear_size(*wired), NOTHING, NOTHING))

    def constructor(self, inputs: tuple[Shape, ...]) -> Construct:
        width = numbers(inputs[0], self.kind)
        return call(
            "clspec.nn", "SimpleMLP", input_size=width, hidden=self.hidden, layers=self.layers, dropout=self.dropout
        )

    def details(self, inputs: tuple[Shape, ...], output: Shape) -> tuple[str, ...]:
        widths = [numbers(inputs[0], self.kind), *[self.hidden] * self.layers]
        flow = " → ".join(map(str, widths)) if len(widths) < 5 else f"{widths[0]} → {self.layers} × {self.hidden}"
        return (flow,)
