"""`avg_pool`: the mean over windows of a map, or over all of it."""

from __future__ import annotations

from typing import ClassVar

from clspec.components.base import Component, Construct, Count, ShapeError, call, image_sizes
from clspec.ir.shapes import Shape, image
from clspec.ir.spec import Role


class AvgPool(Component):
    """`avg_pool(size=none)`: without a size global, (channels, 1, 1) out."""

    kind: ClassVar[str] = "avg_pool"
    summary: ClassVar[str] = "the mean over windows of a map; without a size, over all of it"
    roles: ClassVar[tuple[Role, ...]] = ("neck",)

    size: Count | None = None

    def output_shape(self, inputs: tuple[Shape, ...]) -> Shape:
        channels, height, width = image_sizes(inputs, self.kind)
        if self.size is None:
            return image(channels, 1, 1)
        if self.size > min(height, width):
            raise ShapeError(
                f"avg_pool({self.size}) is larger than its map of {inputs[0]}",
                f"at most {min(height, width)}, or `avg_pool()` for the mean over all of it",
            )
        return image(channels, height // self.size, width // self.size)

    def constructor(self, inputs: tuple[Shape, ...]) -> Construct:
        if self.size is None:
            return call("torch.nn", "AdaptiveAvgPool2d", output_size=1)
        return call("torch.nn", "AvgPool2d", kernel_size=self.size)
