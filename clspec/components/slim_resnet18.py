"""`slim_resnet18`: the ResNet-18 of few channels of GEM (Lopez-Paz and Ranzato, 2017), without its classifier."""

from __future__ import annotations

from typing import ClassVar

from clspec.components.base import Component, Count
from clspec.components.growing import NOTHING, Growth
from clspec.components.layer_sizes import basic_block_size, convolved_size, network_size, sequence_size
from clspec.components.reads import image_sizes
from clspec.ir.construct import Construct, call
from clspec.ir.shapes import Shape, features
from clspec.ir.spec import Role


class SlimResNet18(Component):
    """`slim_resnet18(features=20)`: `features` channels in the first of four stages, eight times as many at the end."""

    kind: ClassVar[str] = "slim_resnet18"
    summary: ClassVar[str] = "GEM's slim ResNet-18 without its classifier: 8 times `features` features"
    roles: ClassVar[tuple[Role, ...]] = ("backbone",)

    features: Count = 20

    def output_shape(self, inputs: tuple[Shape, ...]) -> Shape:
        image_sizes(inputs, self.kind)
        return features(8 * self.features)

    def stages(self) -> tuple[str, ...]:
        return ("stem", "stage1", "stage2", "stage3", "stage4", "pool")

    def growth(self, inputs: tuple[Shape, ...]) -> Growth:
        channels, _, _ = image_sizes(inputs, self.kind)
        first = self.features
        halving = [
            sequence_size(
                [basic_block_size(before, 2 * before, projected=True), basic_block_size(2 * before, 2 * before)]
            )
            for before in (first, 2 * first, 4 * first)
        ]
        even = sequence_size([basic_block_size(first, first)] * 2)
        sizes = (convolved_size(channels, first, kernel=3), even, *halving, NOTHING)
        return network_size(zip(self.stages(), sizes, strict=True))

    def constructor(self, inputs: tuple[Shape, ...]) -> Construct:
        channels, _, _ = image_sizes(inputs, self.kind)
        return call("clspec.nn", "SlimResNet18", in_channels=channels, features=self.features)

    def details(self, inputs: tuple[Shape, ...], output: Shape) -> tuple[str, ...]:
        return (f"4 × 2 residual blocks → {8 * self.features}",)
