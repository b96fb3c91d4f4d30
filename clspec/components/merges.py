"""Merges: several sources made one."""

from __future__ import annotations

from typing import ClassVar

from clspec.components.base import Component
from clspec.components.mistakes import ShapeError
from clspec.ir.construct import Construct, Expression, call
from clspec.ir.shapes import Shape
from clspec.ir.spec import Role

_JOINABLE = ("map", "features", "sequence")


class Merge(Component):
    """What the merges have in common: they read several sources of one kind and have no parameters."""

    roles: ClassVar[tuple[Role, ...]] = ("backbone", "neck")
    merges: ClassVar[bool] = True
    torch_name: ClassVar[str]

    def constructor(self, inputs: tuple[Shape, ...]) -> Construct:
        settings: dict[str, Expression] = {"dim": -1} if self.joins and inputs[0].kind == "sequence" else {}
        return call("clspec.nn", self.torch_name, **settings)

    @property
    def joins(self) -> bool:
        """Whether it sets its sources side by side, so that one size may differ."""
        return False

    def details(self, inputs: tuple[Shape, ...], output: Shape) -> tuple[str, ...]:
        sign = " | " if self.joins else " + "
        return (f"{sign.join(map(str, inputs))} → {output}",)


class Concat(Merge):
    """`concat()`: the features, or the channels of maps, of all sources in their order."""

    kind: ClassVar[str] = "concat"
    summary: ClassVar[str] = "several sources side by side: their features, or the channels of maps"
    torch_name: ClassVar[str] = "Concat"

    @property
    def joins(self) -> bool:
        return True

    def output_shape(self, inputs: tuple[Shape, ...]) -> Shape:
        first, sizes = _joinable(inputs, self.kind)
        at = -1 if first.kind == "sequence" else 0
        for shape in inputs[1:]:
            if shape.kind != first.kind or _without(shape, at) != _without(first, at):
                raise _unequal(f"concat joins sources that differ in {_joined_by(first)} alone", inputs)
        sizes[at] = sum(shape.sizes[at] for shape in inputs if shape.sizes)
        return Shape(first.kind, tuple(sizes))


class Add(Merge):
    """`add()`: the sum of all sources, which have one shape."""

    kind: ClassVar[str] = "add"
    summary: ClassVar[str] = "the sum of several sources of one shape"
    torch_name: ClassVar[str] = "Add"

    def output_shape(self, inputs: tuple[Shape, ...]) -> Shape:
        return _equal(inputs, self.kind)


class Mean(Merge):
    """`mean()`: the mean of all sources, which have one shape."""

    kind: ClassVar[str] = "mean"
    summary: ClassVar[str] = "the mean of several sources of one shape"
    torch_name: ClassVar[str] = "Mean"

    def output_shape(self, inputs: tuple[Shape, ...]) -> Shape:
        return _equal(inputs, self.kind)


def _joinable(inputs: tuple[Shape, ...], kind: str) -> tuple[Shape, list[int]]:
    """The first shape with its sizes. Raises ShapeError where one is a head's answer or tokens."""
    for shape in inputs:
        if shape.kind not in _JOINABLE:
            raise ShapeError(f"{kind} merges maps or features, but gets {shape}", "read from the part before the head")
    return inputs[0], list(inputs[0].sizes or ())


def _equal(inputs: tuple[Shape, ...], kind: str) -> Shape:
    first, _ = _joinable(inputs, kind)
    if any(shape != first for shape in inputs):
        raise _unequal(f"{kind} merges sources of one shape", inputs)
    return first


def _unequal(message: str, inputs: tuple[Shape, ...]) -> ShapeError:
    kinds = {shape.kind for shape in inputs}
    flatten = "bring them to one shape before, such as with `[avg_pool(), flatten()]`" if len(kinds) > 1 else None
    help = flatten or "bring them to one size before, such as with `linear(...)` or `avg_pool()`"
    return ShapeError(f"{message}, but gets {' and '.join(map(str, inputs))}", help)


def _without(shape: Shape, at: int) -> list[int]:
    sizes = list(shape.sizes or ())
    del sizes[at]
    return sizes


def _joined_by(shape: Shape) -> str:
    return {"map": "channels", "features": "width", "sequence": "size"}[shape.kind]
