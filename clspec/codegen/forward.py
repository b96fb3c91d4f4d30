"""The forward of a generated class: the data flow in order, one line a part."""

from __future__ import annotations

from collections.abc import Sequence

from clspec.analyses import Analysis
from clspec.analyses.program import Block, Part
from clspec.analyses.shapes import gather
from clspec.analyses.wiring import readers
from clspec.codegen.python import WIDTH, Namespace, joined
from clspec.codegen.words import Given
from clspec.ir.shapes import Shape


class ForwardWriter:
    """Writes the forward methods of one model's classes."""

    def __init__(self, analysis: Analysis, namespace: Namespace) -> None:
        self.analysis, self.wiring, self.namespace = analysis, analysis.wiring, namespace

    def lines(self, block: Block) -> list[str]:
        inputs = self.wiring.inputs[block.path]
        lines = self._signature(block)
        if block is self.analysis.model and block.needs_task_labels:
            lines += ["        if task_labels is None:", f"            return self.every_task({joined(inputs)})"]
        outputs = self.wiring.outputs[block.path]
        needed = readers(outputs, block, self.wiring)
        *parts, last = [part for part in ordered_parts(block, self.analysis) if part.name in needed]
        lines += [f"        {part.name} = {self._call(part)}" for part in parts]
        if outputs == (last.name,):
            return [*lines, f"        return {self._call(last)}"]
        return [*lines, f"        {last.name} = {self._call(last)}", *self._returned(block, outputs)]

    def _signature(self, block: Block) -> list[str]:
        tensor = self.namespace.imported("torch", "Tensor")
        arguments = ["self", *(f"{name}: {tensor}" for name in self.wiring.inputs[block.path])]
        returns = tensor if isinstance(block_gives(block, self.analysis), Shape) else f"dict[str, {tensor}]"
        if block.needs_task_labels:
            arguments.append(f"task_labels: {self.namespace.imported('clspec', 'nn', 'cl')}.TaskLabels")
            if block is self.analysis.model:
                returns = f"{returns} | dict[int, {returns}]"
        one = f"    def forward({joined(arguments)}) -> {returns}:"
        if len(one) <= WIDTH:
            return [one]
        within = f"        {joined(arguments)}"
        listed = [within] if len(within) <= WIDTH else [f"        {argument}," for argument in arguments]
        return ["    def forward(", *listed, f"    ) -> {returns}:"]

    def _call(self, part: Part) -> str:
        arguments = [link.name for link in self.wiring.sources[part.path]]
        labelled = part.block.needs_task_labels if part.block else part.component and part.component.needs_task_labels
        if labelled:
            arguments.append("task_labels")
        return f"self.{part.name}({joined(arguments)})"

    def _returned(self, block: Block, outputs: Sequence[str]) -> list[str]:
        if len(outputs) == 1:
            return [f"        return {outputs[0]}"]
        entries = [entry for name in outputs for entry in self._entries(block, name)]
        one = f"        return {{{joined(entries)}}}"
        if len(one) <= 100:
            return [one]
        return ["        return {", *(f"            {entry}," for entry in entries), "        }"]

    def _entries(self, block: Block, name: str) -> list[str]:
        part = block.part(name)
        given = self.analysis.flow.outputs[part.path] if part else None
        if given is None or isinstance(given, Shape):
            return [f'"{name}": {name}']
        return [f'"{name}.{key}": {name}["{key}"]' for key in given]


def ordered_parts(block: Block, analysis: Analysis) -> list[Part]:
    """A block's parts in data-flow order, without its inputs."""
    parts = [block.part(name) for name in analysis.wiring.order[block.path]]
    return [part for part in parts if part is not None and part.role != "input"]


def block_gives(block: Block, analysis: Analysis) -> Given:
    """What a block gives: one shape, or shapes by output key."""
    outputs = analysis.flow.outputs
    if block is not analysis.model:
        return outputs[block.path]
    return gather({name: outputs[name] for name in analysis.wiring.outputs[block.path]})
