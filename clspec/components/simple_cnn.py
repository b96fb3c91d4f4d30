"""`simple_cnn`: the small convolutional network of Avalanche's examples, without its classifier."""

from __future__ import annotations

from typing import ClassVar

from clspec.components.base import Component
from clspec.components.growing import NOTHING, Growth
from clspec.components.layer_sizes import convolution_size, feature_steps, features_size
from clspec.components.reads import image_sizes
from clspec.ir.construct import Construct, call
from clspec.ir.shapes import Shape, features
from clspec.ir.spec import Role

LEAST = 10
"""The least height and width: two unpadded convolutions and two halvings must leave something."""
STEPS = 16


class SimpleCNN(Component):
    """`simple_cnn()`: five convolutions and a global max pool, 64 features."""

    kind: ClassVar[str] = "simple_cnn"
    summary: ClassVar[str] = "Avalanche's SimpleCNN without its classifier: five convolutions, 64 features"
    roles: ClassVar[tuple[Role, ...]] = ("backbone",)

    def output_shape(self, inputs: tuple[Shape, ...]) -> Shape:
        image_sizes(inputs, self.kind, LEAST)
        return features(64)

    def stages(self) -> tuple[str, ...]:
        return feature_steps(STEPS)

    def growth(self, inputs: tuple[Shape, ...]) -> Growth:
        channels, _, _ = image_sizes(inputs, self.kind)
        layers = {
            0: convolution_size(channels, 32, kernel=3),
            2: convolution_size(32, 32, kernel=3),
            6: convolution_size(32, 64, kernel=3),
            8: convolution_size(64, 64, kernel=3),
            12: convolution_size(64, 64, kernel=1),
        }
        return features_size(layers.get(step, NOTHING) for step in range(STEPS))

    def constructor(self, inputs: tuple[Shape, ...]) -> Construct:
        return call("clspec.nn", "SimpleCNN", in_channels=image_sizes(inputs, self.kind)[0])

    def details(self, inputs: tuple[Shape, ...], output: Shape) -> tuple[str, ...]:
        return ("5 convolutions → 64",)
