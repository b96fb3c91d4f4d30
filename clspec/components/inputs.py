"""Inputs: what one sample looks like."""

from __future__ import annotations

from typing import ClassVar

from clspec.components.base import Component, Count
from clspec.ir.shapes import Shape, features, image
from clspec.ir.spec import Role


class Image(Component):
    """`image(channels, height, width)`."""

    kind: ClassVar[str] = "image"
    summary: ClassVar[str] = "images of a fixed size"
    roles: ClassVar[tuple[Role, ...]] = ("input",)

    channels: Count
    height: Count
    width: Count

    def output_shape(self, inputs: tuple[Shape, ...]) -> Shape:
        return image(self.channels, self.height, self.width)


class Features(Component):
    """`features(size)`; without a size, taken from the place where the model is used."""

    kind: ClassVar[str] = "features"
    summary: ClassVar[str] = "flat features; without a size, taken from the place of use"
    roles: ClassVar[tuple[Role, ...]] = ("input",)

    size: Count | None = None

    def output_shape(self, inputs: tuple[Shape, ...]) -> Shape:
        return features(self.size)
