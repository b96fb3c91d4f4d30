"""`simple_cnn`: the small convolutional network of Avalanche's examples, without its classifier."""

from __future__ import annotations

from typing import ClassVar

from clspec.components.base import Component, Construct, Growth, ShapeError, Size, call, image_sizes
from clspec.ir.shapes import Shape, features
from clspec.ir.spec import Role

LEAST = 10
"""The least height and width: two unpadded convolutions and two halvings must leave something."""


class SimpleCNN(Component):
    """`simple_cnn()`: five convolutions and a global max pool, 64 features."""

    kind: ClassVar[str] = "simple_cnn"
    summary: ClassVar[str] = "Avalanche's SimpleCNN without its classifier: five convolutions, 64 features"
    roles: ClassVar[tuple[Role, ...]] = ("backbone",)

    def output_shape(self, inputs: tuple[Shape, ...]) -> Shape:
        _, height, width = image_sizes(inputs, self.kind)
        if min(height, width) < LEAST:
            raise ShapeError(f"simple_cnn cannot take {inputs[0]}", f"the least image it can take is {LEAST}×{LEAST}")
        return features(64)

    def growth(self, inputs: tuple[Shape, ...]) -> Growth:
        channels, _, _ = image_sizes(inputs, self.kind)
        wired = ((channels, 32, 9), (32, 32, 9), (32, 64, 9), (64, 64, 9), (64, 64, 1))
        return Size(sum(out * (each * kernel + 1) for each, out, kernel in wired))

    def constructor(self, inputs: tuple[Shape, ...]) -> Construct:
        return call("clspec.nn", "SimpleCNN", in_channels=image_sizes(inputs, self.kind)[0])

    def details(self, inputs: tuple[Shape, ...], output: Shape) -> tuple[str, ...]:
        return ("5 convolutions → 64",)
