"""`progressive`: a network that gains a column for every task (Rusu et al., 2016)."""

from __future__ import annotations

from typing import Annotated, ClassVar, Literal

from clspec.components.arguments import Bounds
from clspec.components.base import Component, Count
from clspec.components.growing import ColumnGrowth, Growth, OwnRule, Size
from clspec.components.reads import numbers
from clspec.ir.construct import Construct, call
from clspec.ir.shapes import Shape, features
from clspec.ir.spec import Role


class Progressive(Component):
    """`progressive(hidden=100, layers=2, adapter="mlp")`: each column reads all the columns before it."""

    kind: ClassVar[str] = "progressive"
    summary: ClassVar[str] = "one column a task, each fed by all before it, which stand still (progressive networks)"
    roles: ClassVar[tuple[Role, ...]] = ("backbone",)
    needs_task_labels: ClassVar[bool] = True

    hidden: Count = 100
    layers: Annotated[int, Bounds(ge=1, le=1000)] = 2
    adapter: Literal["mlp", "linear"] = "mlp"
    auto: bool = True

    def modules(self) -> int:
        return self.layers

    def output_shape(self, inputs: tuple[Shape, ...]) -> Shape:
        numbers(inputs[0], self.kind)
        return features(self.hidden)

    def own_rules(self) -> tuple[OwnRule, ...]:
        if not self.auto:
            return ()
        return (OwnRule("new_task", "branch"), OwnRule("new_task", "freeze", slices="[:-1]"))

    def growth(self, inputs: tuple[Shape, ...]) -> Growth:
        hidden = self.hidden
        widths = [numbers(inputs[0], self.kind), *[hidden] * (self.layers - 1)]
        column = sum(width * hidden + hidden for width in widths)
        if self.adapter == "linear":
            return ColumnGrowth(Size(column), lateral=Size(column))
        # A number a lateral to scale it, then (linear, relu, linear) over all of them.
        lateral = sum(1 + width * hidden for width in widths)
        return ColumnGrowth(Size(column), Size(lateral), Size(self.layers * (hidden + hidden * hidden + hidden)))

    def constructor(self, inputs: tuple[Shape, ...]) -> Construct:
        width = numbers(inputs[0], self.kind)
        return call(
            "clspec.nn", "ProgressiveNetwork",
            in_features=width, hidden=self.hidden, layers=self.layers, adapter=self.adapter,
        )  # fmt: skip

    def details(self, inputs: tuple[Shape, ...], output: Shape) -> tuple[str, ...]:
        return (f"{numbers(inputs[0], self.kind)} → {self.layers} × {self.hidden}, {self.adapter} adapters",)
