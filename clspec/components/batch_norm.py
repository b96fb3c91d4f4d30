"""`batch_norm`: batch normalisation (Ioffe and Szegedy, 2015)."""

from __future__ import annotations

from typing import ClassVar

from clspec.components.base import Component
from clspec.components.growing import Growth
from clspec.components.layer_sizes import batch_norm_size
from clspec.components.mistakes import ShapeError
from clspec.components.reads import no_tokens, spelt
from clspec.ir.construct import Construct, call
from clspec.ir.shapes import Shape
from clspec.ir.spec import Role


class BatchNorm(Component):
    """`batch_norm()`: over the batch, one mean and variance a channel or feature."""

    kind: ClassVar[str] = "batch_norm"
    summary: ClassVar[str] = "batch normalisation, one mean and variance a channel or feature"
    roles: ClassVar[tuple[Role, ...]] = ("neck",)

    def output_shape(self, inputs: tuple[Shape, ...]) -> Shape:
        channels_of(inputs, self.kind)
        return inputs[0]

    def growth(self, inputs: tuple[Shape, ...]) -> Growth:
        return batch_norm_size(channels_of(inputs, self.kind))

    def constructor(self, inputs: tuple[Shape, ...]) -> Construct:
        name = "BatchNorm2d" if inputs[0].kind == "map" else "BatchNorm1d"
        return call("torch.nn", name, num_features=channels_of(inputs, self.kind))


def channels_of(inputs: tuple[Shape, ...], kind: str) -> int:
    """How many channels of a map, or features, have statistics of their own. Raises ShapeError for other shapes.

    A sequence is refused: torch's batch norm would take its positions for channels, and say nothing.
    """
    shape = no_tokens(inputs[0], kind, "a map or features")
    if shape.kind not in ("map", "features") or not shape.sizes:
        advice = "`layer_norm()` is the norm for sequences" if shape.kind == "sequence" else "read from the part before"
        raise ShapeError(f"{kind} reads a map or features, but gets {spelt(shape)}", advice)
    return shape.sizes[0]
