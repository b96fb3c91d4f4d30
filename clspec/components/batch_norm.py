"""`batch_norm`: batch normalisation (Ioffe and Szegedy, 2015)."""

from __future__ import annotations

from typing import ClassVar

from clspec.components.base import Component, Construct, Growth, ShapeError, call
from clspec.components.layer_sizes import batch_norm_size
from clspec.ir.shapes import Shape
from clspec.ir.spec import Role


class BatchNorm(Component):
    """`batch_norm()`: over the batch, one mean and variance a channel or feature."""

    kind: ClassVar[str] = "batch_norm"
    summary: ClassVar[str] = "batch normalisation, one mean and variance a channel or feature"
    roles: ClassVar[tuple[Role, ...]] = ("neck",)

    def output_shape(self, inputs: tuple[Shape, ...]) -> Shape:
        self._channels(inputs[0])
        return inputs[0]

    def growth(self, inputs: tuple[Shape, ...]) -> Growth:
        return batch_norm_size(self._channels(inputs[0]))

    def constructor(self, inputs: tuple[Shape, ...]) -> Construct:
        name = "BatchNorm2d" if inputs[0].kind == "map" else "BatchNorm1d"
        return call("torch.nn", name, num_features=self._channels(inputs[0]))

    def _channels(self, shape: Shape) -> int:
        if shape.kind not in ("map", "features") or not shape.sizes:
            raise ShapeError(f"batch_norm reads a map or features, but gets {shape}")
        return shape.sizes[0]
