"""`mobilenet_v1`: the first MobileNet (Howard et al., 2017), without its classifier."""

from __future__ import annotations

from typing import ClassVar

from clspec.components.base import Component
from clspec.components.growing import NOTHING, Growth
from clspec.components.layer_sizes import convolved_size, feature_steps, features_size
from clspec.components.reads import image_sizes
from clspec.ir.construct import Construct, call
from clspec.ir.shapes import Shape, features
from clspec.ir.spec import Role

WIDTHS = (64, 128, 128, 256, 256, 512, 512, 512, 512, 512, 512, 1024, 1024)
"""Channels out of every depthwise separable block."""


class MobilenetV1(Component):
    """`mobilenet_v1()`: 13 depthwise separable blocks, 1024 features."""

    kind: ClassVar[str] = "mobilenet_v1"
    summary: ClassVar[str] = "the first MobileNet without its classifier: 13 separable blocks, 1024 features"
    roles: ClassVar[tuple[Role, ...]] = ("backbone",)

    def output_shape(self, inputs: tuple[Shape, ...]) -> Shape:
        image_sizes(inputs, self.kind)
        return features(WIDTHS[-1])

    def stages(self) -> tuple[str, ...]:
        return feature_steps(1 + 2 * len(WIDTHS) + 1)

    def growth(self, inputs: tuple[Shape, ...]) -> Growth:
        channels, _, _ = image_sizes(inputs, self.kind)
        before = 32
        steps = [convolved_size(channels, before, kernel=3)]
        for after in WIDTHS:
            steps += [convolved_size(before, before, kernel=3, groups=before), convolved_size(before, after, kernel=1)]
            before = after
        return features_size([*steps, NOTHING])

    def constructor(self, inputs: tuple[Shape, ...]) -> Construct:
        return call("clspec.nn", "MobilenetV1", in_channels=image_sizes(inputs, self.kind)[0])

    def details(self, inputs: tuple[Shape, ...], output: Shape) -> tuple[str, ...]:
        return (f"{len(WIDTHS)} separable blocks → {WIDTHS[-1]}",)
