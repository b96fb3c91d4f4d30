"""`conv`: a convolution over a map."""

from __future__ import annotations

from typing import ClassVar

from clspec.components.base import Component, Count
from clspec.components.contents import Content, Contents
from clspec.components.growing import NOTHING, Growth, Size
from clspec.components.layer_sizes import convolution_size, sequence_size
from clspec.components.mistakes import ArgumentError, ShapeError
from clspec.components.reads import image_sizes
from clspec.diagnostics import nearest
from clspec.ir.construct import Construct, Expression, call
from clspec.ir.shapes import Shape, image
from clspec.ir.spec import Role

PADDINGS = ("same", "valid")


class Conv(Component):
    """`conv(channels, kernel, stride=1, padding="same")`: a square kernel, with a bias.

    "same" gives height / stride by width / stride, rounded up; where the kernel is even, the odd row and column of
    zeros is at the end, as in torch. "valid" pads nothing, an integer pads as much on all four sides.
    """

    kind: ClassVar[str] = "conv"
    summary: ClassVar[str] = 'a convolution; padding is "same", "valid" or a number of zeros on each side'
    roles: ClassVar[tuple[Role, ...]] = ("neck",)

    channels: Count
    kernel: Count
    stride: Count = 1
    padding: int | str = "same"

    def judge(self) -> None:
        wanted = 'argument "padding" of conv must be "same", "valid" or an integer that is not negative'
        if isinstance(self.padding, str) and self.padding not in PADDINGS:
            raise ArgumentError("padding", f'{wanted}, not "{self.padding}"', "CL204", nearest(self.padding, PADDINGS))
        if isinstance(self.padding, int) and not 0 <= self.padding < 2**31:
            raise ArgumentError("padding", f"{wanted}, not {self.padding}", "CL204")

    def output_shape(self, inputs: tuple[Shape, ...]) -> Shape:
        _, *sizes = image_sizes(inputs, self.kind)
        before, after = self._zeros()
        if min(sizes) + before + after < self.kernel:
            padded = f", {before} zeros on each side" if before else ""
            help = f'at most {min(sizes) + before + after}, or `padding="same"`'
            raise ShapeError(f"a kernel of {self.kernel} is larger than its map of {inputs[0]}{padded}", help)
        height, width = ((size + before + after - self.kernel) // self.stride + 1 for size in sizes)
        return image(self.channels, height, width)

    def _zeros(self) -> tuple[int, int]:
        """How many zeros stand before and after each row and column."""
        if isinstance(self.padding, int):
            return self.padding, self.padding
        return ((self.kernel - 1) // 2, self.kernel // 2) if self.padding == "same" else (0, 0)

    def contents(self, inputs: tuple[Shape, ...]) -> Contents:
        before, after = self._zeros()
        if before == after:
            return ()
        channels, height, width = image_sizes(inputs, self.kind)
        padded = image(channels, height + before + after, width + before + after)
        return Content("0", padded, 0), Content("1", self.output_shape(inputs), self._size(channels).parameters)

    def _size(self, channels: int) -> Size:
        return convolution_size(channels, self.channels, self.kernel)

    def growth(self, inputs: tuple[Shape, ...]) -> Growth:
        size, (before, after) = self._size(image_sizes(inputs, self.kind)[0]), self._zeros()
        return size if before == after else sequence_size([NOTHING, size])  # the padding stands before it

    def constructor(self, inputs: tuple[Shape, ...]) -> Construct:
        before, after = self._zeros()
        given: dict[str, Expression] = {"out_channels": self.channels, "kernel_size": self.kernel}
        given |= {"stride": self.stride} if self.stride > 1 else {}
        given |= {"padding": before} if before == after > 0 else {}
        conv = call("torch.nn", "Conv2d", in_channels=image_sizes(inputs, self.kind)[0], **given)
        if before == after:
            return conv
        pad = call("torch.nn", "ZeroPad2d", padding=(before, after, before, after))
        return call("torch.nn", "Sequential", pad, conv)

    def details(self, inputs: tuple[Shape, ...], output: Shape) -> tuple[str, ...]:
        stride = f", stride {self.stride}" if self.stride > 1 else ""
        return (f"{inputs[0]} → {output}", f"{self.kernel}×{self.kernel}{stride}")
