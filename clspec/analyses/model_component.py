"""A model used inside another component: an item of a list, a member a task, a residual branch."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import ClassVar

from clspec.analyses.program import AdaptationPlan, Block, Flow, Wiring
from clspec.analyses.reach import running
from clspec.analyses.shapes import infer_inside
from clspec.analyses.sizes import measure
from clspec.analyses.wiring import wire
from clspec.components.base import Component
from clspec.components.contents import Content, Contents, gathered, part_contents
from clspec.components.growing import Growth, Size
from clspec.components.layer_sizes import joined
from clspec.components.mistakes import ShapeError
from clspec.diagnostics import Diagnostic
from clspec.ir.construct import Construct
from clspec.ir.shapes import Shape
from clspec.ir.spec import Role


class ModelComponent(Component):
    """A model that does not adapt, with one input and one output, as a layer among others."""

    kind: ClassVar[str] = "a model"
    summary: ClassVar[str] = "a model of the spec, inside another component"
    roles: ClassVar[tuple[Role, ...]] = ("backbone", "neck", "head")

    block: Block

    @cached_property
    def _wired(self) -> tuple[Wiring, list[Diagnostic]]:
        return wire(self.block)

    @property
    def wiring(self) -> Wiring:
        return self._wired[0]

    def findings(self) -> list[Diagnostic]:
        """What is wrong with the wiring inside."""
        return self._wired[1]

    def obstacle(self) -> str | None:
        """Why it needs a node of its own; None where it can stand inside another component."""
        if len(self.block.input_parts) != 1:
            return f"{self.block.title} has {len(self.block.input_parts)} inputs"
        if len(self.wiring.outputs[""]) != 1:
            return f"{self.block.title} gives {len(self.wiring.outputs[''])} outputs"
        components = [part.component for part in self.block.walk() if part.component is not None]
        rules = any(block.rules for block in self.block.blocks())
        if rules or any(each.with_own_rules().own_rules() or each.inner() for each in components):
            return f"{self.block.title} adapts"
        return f"{self.block.title} has budgets" if any(block.limits for block in self.block.blocks()) else None

    def flow(self, inputs: tuple[Shape, ...]) -> Flow:
        """The shapes inside. Raises ShapeError for the first that does not fit."""
        flow, found = infer_inside(self.block, self.wiring, inputs)
        if found:
            place = found[0].span.place if found[0].span else ""
            help = ": ".join(filter(None, (place, found[0].help)))
            raise ShapeError(f"in {self.block.title}: {found[0].message}", help, found[0].code)
        return flow

    def output_shape(self, inputs: tuple[Shape, ...]) -> Shape:
        given = self.flow(inputs).outputs[self.wiring.outputs[""][0]]
        if not isinstance(given, Shape):
            raise ShapeError(f"{self.block.title} gives several outputs: {', '.join(given)}", "let it give one")
        return given

    def contents(self, inputs: tuple[Shape, ...]) -> Contents:
        return gathered(self._parts(self.flow(inputs)))

    def _parts(self, flow: Flow) -> Iterator[Content]:
        """Its parts are its submodules. One that no output needs is there too, and never runs."""
        runs = {part.path for part in running(self.block, self.wiring)}
        for part in self.block.walk():
            given = flow.outputs.get(part.path)
            shape = given if isinstance(given, Shape) and part.path in runs else None
            if part.component is None:
                yield Content(part.path, shape, None)
            elif part.role != "input":
                reads = flow.inputs[part.path]
                size = part.component.growth(reads)
                parameters = size.parameters if isinstance(size, Size) else 0
                yield from part_contents(part.path, shape, parameters, part.component.contents(reads))

    def growth(self, inputs: tuple[Shape, ...]) -> Growth:
        sizes = measure(self.block, self.flow(inputs), AdaptationPlan(self.block.title, ()))
        return joined((path, size) for path, size in sizes.items() if isinstance(size, Size))

    def constructor(self, inputs: tuple[Shape, ...]) -> Construct:
        return Construct("", self.block.title, blueprint=Blueprint(self.block, self.wiring, self.flow(inputs)))

    def title(self) -> str:
        return self.block.title


@dataclass(frozen=True)
class Blueprint:
    """What the class of a model component is written from."""

    model: Block
    wiring: Wiring
    flow: Flow
