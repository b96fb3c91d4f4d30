"""Inputs: what one sample looks like."""

from __future__ import annotations

from typing import ClassVar

from clspec.components.base import Component, Count
from clspec.ir.shapes import Shape, features, image, sequence, tokens
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


class SequenceInput(Component):
    """`sequence(length, size)`: vectors in a row, all samples of one length."""

    kind: ClassVar[str] = "sequence"
    summary: ClassVar[str] = "vectors in a row: (length, size)"
    roles: ClassVar[tuple[Role, ...]] = ("input",)

    length: Count
    size: Count

    def output_shape(self, inputs: tuple[Shape, ...]) -> Shape:
        return sequence(self.length, self.size)


class Tokens(Component):
    """`tokens(length, vocabulary)`: integer ids in a row, from 0 to vocabulary - 1.

    That ids lie in the vocabulary is for the network that embeds them to see: looking at every batch would cost a
    synchronisation on a GPU.
    """

    kind: ClassVar[str] = "tokens"
    summary: ClassVar[str] = "ids of a vocabulary in a row, as integers"
    roles: ClassVar[tuple[Role, ...]] = ("input",)

    length: Count
    vocabulary: Count

    def output_shape(self, inputs: tuple[Shape, ...]) -> Shape:
        return tokens(self.length)
