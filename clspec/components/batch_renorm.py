"""`batch_renorm`: batch renormalisation (Ioffe, 2017)."""

from __future__ import annotations

from typing import ClassVar

from clspec.components.base import Component
from clspec.components.batch_norm import channels_of
from clspec.components.growing import Growth
from clspec.components.layer_sizes import normalizing_size
from clspec.ir.construct import Construct, call
from clspec.ir.shapes import Shape
from clspec.ir.spec import Role


class BatchRenorm(Component):
    """`batch_renorm()`: batch normalisation that leans on its running statistics in training too."""

    kind: ClassVar[str] = "batch_renorm"
    summary: ClassVar[str] = "batch renormalisation, for batches that are small or of few classes"
    roles: ClassVar[tuple[Role, ...]] = ("neck",)

    def output_shape(self, inputs: tuple[Shape, ...]) -> Shape:
        channels_of(inputs, self.kind)
        return inputs[0]

    def growth(self, inputs: tuple[Shape, ...]) -> Growth:
        channels = channels_of(inputs, self.kind)
        return normalizing_size(channels, "running_mean", "running_std", count="samples_seen")

    def constructor(self, inputs: tuple[Shape, ...]) -> Construct:
        return call("clspec.nn", "BatchRenorm", num_features=channels_of(inputs, self.kind))
