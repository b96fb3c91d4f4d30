"""Backbones of which only a run on the meta device tells the width: of libraries without a catalogue, of one's own."""

from __future__ import annotations

from typing import ClassVar

from clspec.components.base import Component
from clspec.components.growing import Growth, Size
from clspec.components.mistakes import ShapeError
from clspec.ir.shapes import Shape
from clspec.ir.spec import Role

CODES = {"import": "CL211", "build": "CL211", "run": "CL301", "output": "CL211"}
"""What is wrong by the step at which it shows: only what does not run depends on the shapes."""


class ProbedBackbone(Component):
    """A backbone whose shape and size are found by building and running it once, without memory or arithmetic."""

    roles: ClassVar[tuple[Role, ...]] = ("backbone",)

    def named(self) -> str:
        """What it is called in findings."""
        return self.title()

    def output_shape(self, inputs: tuple[Shape, ...]) -> Shape:
        from clspec.probe import ProbeError, probe

        try:
            given = probe(self.without_weights().constructor(inputs), inputs).output
        except ProbeError as error:
            code = CODES[error.step]
            doing = {"run": f"cannot take {inputs[0]}", "output": "is no backbone"}.get(error.step, "cannot be built")
            raise ShapeError(f"{self.named()} {doing}: {error.message}", self.hint(error.step, inputs), code) from None
        if given.kind != "features":
            message = f"{self.named()} gives {given}, no flat features"
            raise ShapeError(message, "a backbone gives (batch, width)", "CL211")
        return given

    def born_frozen(self, inputs: tuple[Shape, ...]) -> bool:
        from clspec.probe import probe

        return probe(self.without_weights().constructor(inputs), inputs).frozen

    def hint(self, step: str, inputs: tuple[Shape, ...]) -> str:
        """What to do about a step that failed: `import`, `build`, `run` or `output`."""
        raise NotImplementedError

    def growth(self, inputs: tuple[Shape, ...]) -> Growth:
        return probed_size(self, inputs)


def probed_size(component: Component, inputs: tuple[Shape, ...]) -> Size:
    """What a backbone holds, found by building it on the meta device."""
    from clspec.probe import probe

    seen = probe(component.without_weights().constructor(inputs), inputs)
    return Size(seen.parameters, seen.buffer_bytes, seen.inside, seen.tied, seen.tensors)
