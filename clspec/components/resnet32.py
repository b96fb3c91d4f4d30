"""`resnet32`: the residual network of iCaRL and LUCIR for small images, without its classifier."""

from __future__ import annotations

from typing import ClassVar

from clspec.components.base import Component
from clspec.components.growing import NOTHING, Growth
from clspec.components.layer_sizes import basic_block_size, convolved_size, network_size, sequence_size
from clspec.components.reads import image_sizes
from clspec.ir.construct import Construct, call
from clspec.ir.shapes import Shape, features
from clspec.ir.spec import Role

BLOCKS = 5
"""Blocks a stage."""


class ResNet32(Component):
    """`resnet32()`: three stages of five residual blocks, 64 features, which may be negative."""

    kind: ClassVar[str] = "resnet32"
    summary: ClassVar[str] = "the ResNet-32 of iCaRL and LUCIR without its classifier: 64 features"
    roles: ClassVar[tuple[Role, ...]] = ("backbone",)

    def output_shape(self, inputs: tuple[Shape, ...]) -> Shape:
        image_sizes(inputs, self.kind)
        return features(64)

    def stages(self) -> tuple[str, ...]:
        return ("stem", "stage1", "stage2", "stage3", "pool")

    def growth(self, inputs: tuple[Shape, ...]) -> Growth:
        channels, _, _ = image_sizes(inputs, self.kind)
        wired = ((16, 16), (16, 32), (32, 64))
        stages = [
            sequence_size([basic_block_size(before, after), *[basic_block_size(after, after)] * (BLOCKS - 1)])
            for before, after in wired
        ]
        sizes = (convolved_size(channels, 16, kernel=3), *stages, NOTHING)
        return network_size(zip(self.stages(), sizes, strict=True))

    def constructor(self, inputs: tuple[Shape, ...]) -> Construct:
        return call("clspec.nn", "ResNet32", in_channels=image_sizes(inputs, self.kind)[0])

    def details(self, inputs: tuple[Shape, ...], output: Shape) -> tuple[str, ...]:
        return (f"3 × {BLOCKS} residual blocks → 64",)
