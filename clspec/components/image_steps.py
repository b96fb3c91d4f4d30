"""`pad`, `resize`, `repeat_channels`: steps that make an image fit a backbone."""

from __future__ import annotations

from typing import ClassVar

from clspec.components.base import Component, Count
from clspec.components.reads import image_sizes
from clspec.ir.construct import Construct, call
from clspec.ir.shapes import Shape, image
from clspec.ir.spec import Role


class ImageStep(Component):
    """A step without parameters that gives a map of another size."""

    roles: ClassVar[tuple[Role, ...]] = ("neck",)

    def details(self, inputs: tuple[Shape, ...], output: Shape) -> tuple[str, ...]:
        return (f"{inputs[0]} → {output}",)


class Pad(ImageStep):
    """`pad(amount)`: zeros on all four sides."""

    kind: ClassVar[str] = "pad"
    summary: ClassVar[str] = "rows and columns of zeros on all four sides of an image"

    amount: Count

    def output_shape(self, inputs: tuple[Shape, ...]) -> Shape:
        channels, height, width = image_sizes(inputs, self.kind)
        return image(channels, height + 2 * self.amount, width + 2 * self.amount)

    def constructor(self, inputs: tuple[Shape, ...]) -> Construct:
        return call("torch.nn", "ZeroPad2d", padding=self.amount)


class Resize(ImageStep):
    """`resize(height, width)`: bilinear, without antialiasing, as `torch.nn.functional.interpolate` by default."""

    kind: ClassVar[str] = "resize"
    summary: ClassVar[str] = "an image at another size: bilinear, without antialiasing"

    height: Count
    width: Count

    def output_shape(self, inputs: tuple[Shape, ...]) -> Shape:
        return image(image_sizes(inputs, self.kind)[0], self.height, self.width)

    def constructor(self, inputs: tuple[Shape, ...]) -> Construct:
        return call("clspec.nn", "Resize", height=self.height, width=self.width)


class RepeatChannels(ImageStep):
    """`repeat_channels(times)`: all channels, then all again: one channel of grey becomes three."""

    kind: ClassVar[str] = "repeat_channels"
    summary: ClassVar[str] = "the channels several times over: `repeat_channels(3)` makes a grey image RGB"

    times: Count

    def output_shape(self, inputs: tuple[Shape, ...]) -> Shape:
        channels, height, width = image_sizes(inputs, self.kind)
        return image(channels * self.times, height, width)

    def constructor(self, inputs: tuple[Shape, ...]) -> Construct:
        return call("clspec.nn", "RepeatChannels", times=self.times)
