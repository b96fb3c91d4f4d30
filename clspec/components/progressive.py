"""`progressive`: a network that gains a column for every task (Rusu et al., 2016)."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Annotated, ClassVar, Literal

from clspec.components.arguments import Bounds
from clspec.components.base import Component, Count
from clspec.components.growing import ColumnGrowth, Growth, OwnRule, Size
from clspec.components.layer_sizes import joined, linear_size
from clspec.components.reads import numbers
from clspec.ir.construct import Construct, call
from clspec.ir.shapes import Shape, features
from clspec.ir.spec import Role
from clspec.ir.tensors import named

BEFORE = "columns before"


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
        widths = [numbers(inputs[0], self.kind), *[self.hidden] * (self.layers - 1)]
        column = _layers("linear", (linear_size(width, self.hidden) for width in widths))
        if self.adapter == "linear":
            laterals = (linear_size(width, self.hidden) for width in widths)
            return ColumnGrowth(column, lateral=_layers("adapter.laterals.*", laterals))
        # A number a lateral to scale it, then (linear, relu, linear) over all of them.
        lateral = _layers("adapter", (_scaled(width, self.hidden) for width in widths))
        return ColumnGrowth(column, lateral, _layers("adapter", [_projection(self.hidden)] * self.layers))

    def constructor(self, inputs: tuple[Shape, ...]) -> Construct:
        width = numbers(inputs[0], self.kind)
        return call(
            "clspec.nn", "ProgressiveNetwork",
            in_features=width, hidden=self.hidden, layers=self.layers, adapter=self.adapter,
        )  # fmt: skip

    def details(self, inputs: tuple[Shape, ...], output: Shape) -> tuple[str, ...]:
        return (f"{numbers(inputs[0], self.kind)} → {self.layers} × {self.hidden}, {self.adapter} adapters",)


def _layers(inside: str, sizes: Iterable[Size]) -> Size:
    """One of these a layer, at this path in it."""
    return joined((f"layers.{number}.{inside}", size) for number, size in enumerate(sizes))


def _scaled(width: int, hidden: int) -> Size:
    """What an earlier column adds to a layer's adapter: a number that scales it, its share of the first product."""
    sizes = {"scales": (BEFORE,), "reduce.weight": (hidden, f"{width} × {BEFORE}")}
    return Size(1 + width * hidden, tensors=named(sizes))


def _projection(hidden: int) -> Size:
    """What a layer's adapter holds however many columns it reads."""
    return Size.of(named({"reduce.bias": (hidden,), "project.weight": (hidden, hidden), "project.bias": (hidden,)}))
