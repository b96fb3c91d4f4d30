"""One of two models that are compared."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

from clspec.analyses import Analysis
from clspec.analyses.program import Block, Part
from clspec.comparison.moment import Counts
from clspec.ir.shapes import Shape


@dataclass(frozen=True)
class Side:
    """A model, with its size at the moment of comparison."""

    analysis: Analysis
    counts: Counts

    @cached_property
    def by_path(self) -> Mapping[str, Part]:
        return {part.path: part for part in self.analysis.model.walk()}

    def parts(self, block: Block | None) -> list[Part]:
        """The parts of a scope in data-flow order; the inputs of a nested one only pass on."""
        found = [block.part(name) for name in self.analysis.wiring.order[block.path]] if block else []
        return [part for part in found if part is not None and not (part.role == "input" and block and block.path)]

    def sources(self, part: Part) -> tuple[str, ...]:
        """What a part reads, as its scope calls it."""
        return tuple(link.label for link in self.analysis.wiring.sources.get(part.path, ()))

    def what(self, part: Part) -> str:
        """What a part is, in a reader's words."""
        if part.block is not None:
            return "" if part.block.kind == "group" else part.block.title
        output = self.analysis.flow.outputs[part.path]
        if part.component is None or not isinstance(output, Shape):
            return ""
        if part.role == "input":
            return str(output)
        details = part.component.details(self.analysis.flow.inputs[part.path], output)
        return " ".join([part.component.title(), *(each for each in details[:1] if "→" in each)])

    def reads(self, part: Part) -> str:
        return ", ".join(map(str, self.analysis.flow.inputs.get(part.path, ())))

    def gives(self, part: Part) -> str:
        given = self.analysis.flow.outputs.get(part.path)
        return str(given) if isinstance(given, Shape) else ""
