"""The heads that fit statistics of features instead of being trained: what they have in common."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping
from typing import ClassVar

from clspec.components.base import Component
from clspec.components.growing import Growth, OwnRule, RowGrowth, Size
from clspec.components.reads import flat_width
from clspec.ir.construct import Construct, call
from clspec.ir.shapes import LOGITS, Shape
from clspec.ir.spec import Role
from clspec.ir.tensors import Sizes, Tensors, named


class StatisticsHead(Component, ABC):
    """A head without parameters; `after experience { observe self }` fits it."""

    roles: ClassVar[tuple[Role, ...]] = ("head",)
    torch_name: ClassVar[str]

    @abstractmethod
    def of_class(self, width: int) -> Mapping[str, Sizes]:
        """The statistics of one class in float32, over features of this width; the samples are counted beside them."""

    def of_all(self, width: int) -> Tensors:
        """What all classes share."""
        return ()

    @abstractmethod
    def setting(self) -> dict[str, float | bool]:
        """The torch module's keyword arguments that are not at their default."""

    @abstractmethod
    def automatic(self) -> bool:
        """Whether the own rules hold."""

    def output_shape(self, inputs: tuple[Shape, ...]) -> Shape:
        flat_width(inputs, self.kind)
        return LOGITS

    def own_rules(self) -> tuple[OwnRule, ...]:
        if not self.automatic():
            return ()
        return (OwnRule("new_class", "expand"), OwnRule("experience", "observe", after=True))

    def growth(self, inputs: tuple[Shape, ...]) -> Growth:
        width = flat_width(inputs, self.kind)
        row = Size.of(named(self.of_class(width), "float32"), named({"count": ()}, "int64"))
        return RowGrowth(0, row, Size.of(self.of_all(width)))

    def constructor(self, inputs: tuple[Shape, ...]) -> Construct:
        return call("clspec.nn", self.torch_name, in_features=flat_width(inputs, self.kind), **self.setting())
