"""`lenet5`: LeNet-5 (LeCun et al., 1998), without its classifier."""

from __future__ import annotations

from typing import ClassVar

from clspec.components.base import Component
from clspec.components.growing import NOTHING, Growth
from clspec.components.layer_sizes import convolution_size, feature_steps, features_size, linear_size
from clspec.components.reads import image_sizes
from clspec.ir.construct import Construct, call
from clspec.ir.shapes import Shape, features
from clspec.ir.spec import Role

LEAST = 32
"""The least height and width: the last of three unpadded convolutions, with halvings between, must find 5 by 5."""
STEPS = 12


class LeNet5(Component):
    """`lenet5()`: three convolutions and a linear layer, 84 features."""

    kind: ClassVar[str] = "lenet5"
    summary: ClassVar[str] = "LeNet-5 without its classifier: three convolutions and a linear layer, 84 features"
    roles: ClassVar[tuple[Role, ...]] = ("backbone",)

    def output_shape(self, inputs: tuple[Shape, ...]) -> Shape:
        image_sizes(inputs, self.kind, LEAST)
        return features(84)

    def stages(self) -> tuple[str, ...]:
        return feature_steps(STEPS)

    def growth(self, inputs: tuple[Shape, ...]) -> Growth:
        channels, _, _ = image_sizes(inputs, self.kind)
        layers = {
            0: convolution_size(channels, 6, kernel=5),
            3: convolution_size(6, 16, kernel=5),
            6: convolution_size(16, 120, kernel=5),
            10: linear_size(120, 84),
        }
        return features_size(layers.get(step, NOTHING) for step in range(STEPS))

    def constructor(self, inputs: tuple[Shape, ...]) -> Construct:
        return call("clspec.nn", "LeNet5", in_channels=image_sizes(inputs, self.kind)[0])

    def details(self, inputs: tuple[Shape, ...], output: Shape) -> tuple[str, ...]:
        return ("3 convolutions, linear → 84",)
