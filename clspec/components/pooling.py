"""`avg_pool` and `max_pool`: the mean or the largest number over windows, or over all of a map or sequence."""

from __future__ import annotations

from typing import ClassVar

from clspec.components.base import Component, Count
from clspec.components.mistakes import ShapeError
from clspec.components.reads import image_sizes
from clspec.ir.construct import Construct, call
from clspec.ir.shapes import Shape, features, image, sequence
from clspec.ir.spec import Role


class Pool(Component):
    """Without a size global: (channels, height, width) -> (channels, 1, 1), (length, size) -> (size,).

    With one: over windows of that size side by side, what is left over at the end is dropped.
    """

    roles: ClassVar[tuple[Role, ...]] = ("neck",)
    torch_name: ClassVar[str]
    words: ClassVar[str]

    size: Count | None = None

    def output_shape(self, inputs: tuple[Shape, ...]) -> Shape:
        (shape,) = inputs
        if shape.kind == "sequence" and shape.sizes is not None:
            length, width = shape.sizes
            self._fits(length, shape)
            return features(width) if self.size is None else sequence(length // self.size, width)
        channels, height, width = image_sizes(inputs, self.kind, reads="an image, a map or a sequence")
        self._fits(min(height, width), shape)
        if self.size is None:
            return image(channels, 1, 1)
        return image(channels, height // self.size, width // self.size)

    def _fits(self, most: int, shape: Shape) -> None:
        if self.size is not None and self.size > most:
            what = "sequence" if shape.kind == "sequence" else "map"
            raise ShapeError(
                f"{self.kind}({self.size}) is larger than its {what} of {shape}",
                f"at most {most}, or `{self.kind}()` for {self.words} over all of it",
            )

    def constructor(self, inputs: tuple[Shape, ...]) -> Construct:
        if inputs[0].kind == "sequence":
            size = {} if self.size is None else {"size": self.size}
            return call("clspec.nn", f"Sequence{self.torch_name}", **size)
        if self.size is None:
            return call("torch.nn", f"Adaptive{self.torch_name}2d", output_size=1)
        return call("torch.nn", f"{self.torch_name}2d", kernel_size=self.size)


class AvgPool(Pool):
    """`avg_pool(size=none)`."""

    kind: ClassVar[str] = "avg_pool"
    summary: ClassVar[str] = "the mean over windows of a map or sequence; without a size, over all of it"
    torch_name: ClassVar[str] = "AvgPool"
    words: ClassVar[str] = "the mean"


class MaxPool(Pool):
    """`max_pool(size=none)`."""

    kind: ClassVar[str] = "max_pool"
    summary: ClassVar[str] = "the largest number in windows of a map or sequence; without a size, in all of it"
    torch_name: ClassVar[str] = "MaxPool"
    words: ClassVar[str] = "the largest number"
