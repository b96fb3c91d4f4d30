"""`mlp`: a multi-layer perceptron of any widths."""

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


class MLP(Component):
    """`mlp(sizes, dropout=0.0)`: one linear layer and rectifier a size; flattens its input."""

    kind: ClassVar[str] = "mlp"
    summary: ClassVar[str] = "linear layers with rectifiers, one a size; flattens its input"
    roles: ClassVar[tuple[Role, ...]] = ("backbone", "neck")

    sizes: Annotated[tuple[Count, ...], Bounds(min_length=1, max_length=1000)]
    dropout: Rate = 0.0

    def output_shape(self, inputs: tuple[Shape, ...]) -> Shape:
        numbers(inputs[0], self.kind)
        return features(self.sizes[-1])

    def stages(self) -> tuple[str, ...]:
        return feature_steps(self._steps * len(self.sizes))

    def growth(self, inputs: tuple[Shape, ...]) -> Growth:
        widths = (numbers(inputs[0], self.kind), *self.sizes)
        without = (NOTHING,) * (self._steps - 1)  # relu and dropout have no parameters
        return features_size(step for wired in pairwise(widths) for step in (linear_size(*wired), *without))

    def constructor(self, inputs: tuple[Shape, ...]) -> Construct:
        width = numbers(inputs[0], self.kind)
        return call("clspec.nn", "MLP", in_features=width, sizes=self.sizes, dropout=self.dropout)

    def details(self, inputs: tuple[Shape, ...], output: Shape) -> tuple[str, ...]:
        return (" → ".join(map(str, (numbers(inputs[0], self.kind), *self.sizes))),)

    @property
    def _steps(self) -> int:
        """Layers a size: linear and relu, and dropout where there is any."""
        return 3 if self.dropout else 2
