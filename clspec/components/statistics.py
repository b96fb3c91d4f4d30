"""The heads that fit statistics of features instead of being trained: what they have in common."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import ClassVar

from clspec.components.base import Component
from clspec.components.growing import Growth, OwnRule, RowGrowth, Size
from clspec.components.reads import flat_width
from clspec.ir.construct import Construct, call
from clspec.ir.shapes import LOGITS, Shape
from clspec.ir.spec import Role

FLOAT, INTEGER = 4, 8
"""Bytes of one number in a buffer: float32, int64."""


class StatisticsHead(Component, ABC):
    """A head without parameters; `after experience { observe self }` fits it."""

    roles: ClassVar[tuple[Role, ...]] = ("head",)
    torch_name: ClassVar[str]

    @abstractmethod
    def row_bytes(self, width: int) -> int:
        """Bytes of the statistics of one class, over features of this width."""

    def shared_bytes(self, width: int) -> int:
        """Bytes of what all classes share."""
        return 0

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
        return RowGrowth(0, Size(0, self.row_bytes(width)), Size(0, self.shared_bytes(width)))

    def constructor(self, inputs: tuple[Shape, ...]) -> Construct:
        return call("clspec.nn", self.torch_name, in_features=flat_width(inputs, self.kind), **self.setting())
