"""The forward of a generated class: the data flow in order, one line a part."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

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
        if block is self.analysis.model:
            labels = ["task_labels=task_labels"] if block.needs_task_labels else []
            lines.append(f"        self.check_inputs({joined([*inputs, *labels])})")
        if block is self.analysis.model and block.needs_task_labels:
            lines += ["        if task_labels is None:", f"            return self.every_task({joined(inputs)})"]
        by_mode = self.wiring.by_mode
        if by_mode is None or block is not self.analysis.model:
            return [*lines, *self._body(block, self.wiring.outputs[block.path], set(), "        ")]
        # What both modes need comes first; what only one needs is computed only there.
        both = readers(by_mode["train"], block, self.wiring) & readers(by_mode["eval"], block, self.wiring)
        shared = [part for part in ordered_parts(block, self.analysis) if part.name in both]
        lines += [f"        {part.name} = {self._call(part)}" for part in shared]
        lines += ["        if self.training:", *self._body(block, by_mode["train"], both, "            ")]
        return [*lines, *self._body(block, by_mode["eval"], both, "        ")]

    def _body(self, block: Block, outputs: Sequence[str], done: set[str], pad: str) -> list[str]:
        """The lines that compute what `outputs` need beyond what is `done`, and return them."""
        needed = readers(outputs, block, self.wiring) - done
        parts = [part for part in ordered_parts(block, self.analysis) if part.name in needed]
        if not parts:
            return self._returned(block, outputs, pad)
        *parts, last = parts
        lines = [f"{pad}{part.name} = {self._call(part)}" for part in parts]
        if tuple(outputs) == (last.name,):
            return [*lines, f"{pad}return {self._call(last)}"]
        return [*lines, f"{pad}{last.name} = {self._call(last)}", *self._returned(block, outputs, pad)]

    def _signature(self, block: Block) -> list[str]:
        tensor = self.namespace.imported("torch", "Tensor")
        arguments = ["self", *(f"{name}: {tensor}" for name in self.wiring.inputs[block.path])]
        gives = [isinstance(given, Shape) for given in block_gives(block, self.analysis).values()]
        returns = " | ".join(
            name for name, given in ((tensor, any(gives)), (f"dict[str, {tensor}]", not all(gives))) if given
        )
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

    def _returned(self, block: Block, outputs: Sequence[str], pad: str) -> list[str]:
        if len(outputs) == 1:
            return [f"{pad}return {outputs[0]}"]
        entries = [entry for name in outputs for entry in self._entries(block, name)]
        one = f"{pad}return {{{joined(entries)}}}"
        if len(one) <= 100:
            return [one]
        return [f"{pad}return {{", *(f"{pad}    {entry}," for entry in entries), f"{pad}}}"]

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


def block_gives(block: Block, analysis: Analysis) -> Mapping[str, Given]:
    """What a block gives, one shape or shapes by output key, by the mode in which it does: "" where in both."""
    outputs, wiring = analysis.flow.outputs, analysis.wiring
    if block is not analysis.model:
        return {"": outputs[block.path]}
    if wiring.by_mode is None:
        return {"": gather({name: outputs[name] for name in wiring.outputs[block.path]})}
    return {mode: gather({name: outputs[name] for name in names}) for mode, names in wiring.by_mode.items()}
