"""A list of components: one after the other."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import ClassVar

from clspec.components.base import Component
from clspec.components.contents import Content, Contents, gathered, part_contents
from clspec.components.growing import Growth, Size
from clspec.components.layer_sizes import sequence_size
from clspec.ir.construct import Construct, call
from clspec.ir.shapes import Shape
from clspec.ir.spec import Role


class SequenceOf(Component):
    """`[a(), b(), ...]`: each reads what the one before it gives."""

    kind: ClassVar[str] = "sequence of layers"
    summary: ClassVar[str] = "components one after the other, written as a list"
    roles: ClassVar[tuple[Role, ...]] = ("backbone", "neck", "head")

    items: tuple[Component, ...]

    def shapes(self, inputs: tuple[Shape, ...]) -> tuple[Shape, ...]:
        """The shape that each item reads, and at the end the shape given. Raises the items' ShapeError."""
        shapes = [inputs[0]]
        for item in self.items:
            shapes.append(item.output_shape((shapes[-1],)))
        return tuple(shapes)

    def output_shape(self, inputs: tuple[Shape, ...]) -> Shape:
        return self.shapes(inputs)[-1]

    def growth(self, inputs: tuple[Shape, ...]) -> Growth:
        sizes = (item.growth((shape,)) for item, shape in zip(self.items, self.shapes(inputs), strict=False))
        # Growing parts are no items of a sequence (names checks it), so every size is fixed.
        return sequence_size(size if isinstance(size, Size) else Size() for size in sizes)

    def contents(self, inputs: tuple[Shape, ...]) -> Contents:
        return gathered(self._items(self.shapes(inputs)))

    def _items(self, shapes: Sequence[Shape]) -> Iterator[Content]:
        for number, (item, reads, gives) in enumerate(zip(self.items, shapes, shapes[1:], strict=False)):
            size = item.growth((reads,))
            parameters = size.parameters if isinstance(size, Size) else 0
            yield from part_contents(str(number), gives, parameters, item.contents((reads,)))

    def constructor(self, inputs: tuple[Shape, ...]) -> Construct:
        shapes = self.shapes(inputs)
        items = [item.constructor((shape,)) for item, shape in zip(self.items, shapes, strict=False)]
        return call("torch.nn", "Sequential", *items)

    def title(self) -> str:
        return " · ".join(item.title() for item in self.items)

    def details(self, inputs: tuple[Shape, ...], output: Shape) -> tuple[str, ...]:
        shapes = self.shapes(inputs)
        flow = [str(shapes[0])]
        for shape in shapes[1:]:
            if str(shape) != flow[-1]:
                flow.append(str(shape))
        return (" → ".join(flow),)
