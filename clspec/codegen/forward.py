"""The forward of a generated class: the data flow in order, one line a part."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from clspec.analyses.identifiers import RESERVED
from clspec.analyses.program import Block, Part, Structure, Tap
from clspec.analyses.reach import readers
from clspec.analyses.shapes import gather
from clspec.codegen.python import WIDTH, Namespace, joined
from clspec.codegen.words import Given
from clspec.ir.shapes import Shape


class ForwardWriter:
    """Writes the forward methods of one model's classes; `root` is the one that adapts, where it is among them."""

    def __init__(self, analysis: Structure, namespace: Namespace, root: Block | None) -> None:
        self.analysis, self.wiring, self.namespace, self.root = analysis, analysis.wiring, namespace, root
        self._names: dict[str, Mapping[str, str]] = {}

    def lines(self, block: Block) -> list[str]:
        names = self._variables(block)
        inputs = [names[name] for name in self.wiring.inputs[block.path]]
        lines = self._signature(block)
        if block is self.root:
            labels = ["task_labels=task_labels"] if block.needs_task_labels else []
            lines.append(f"        self.check_inputs({joined([*inputs, *labels])})")
        if block is self.root and block.needs_task_labels:
            lines += ["        if task_labels is None:", f"            return self.every_task({joined(inputs)})"]
        by_mode = self.wiring.by_mode.get(block.path)
        if by_mode is None:
            return [*lines, *self._body(block, self.wiring.outputs[block.path], set(), "        ")]
        # What both modes need comes first; what only one needs is computed only there.
        both = readers(by_mode["train"], block, self.wiring) & readers(by_mode["eval"], block, self.wiring)
        shared = [part for part in ordered_parts(block, self.analysis) if part.name in both]
        lines += [line for part in shared for line in self._named(block, part, "        ")]
        lines += ["        if self.training:", *self._body(block, by_mode["train"], both, "            ")]
        return [*lines, *self._body(block, by_mode["eval"], both, "        ")]

    def _body(self, block: Block, outputs: Sequence[str], done: set[str], pad: str) -> list[str]:
        """The lines that compute what `outputs` need beyond what is `done`, and return them."""
        needed = readers(outputs, block, self.wiring) - done
        parts = [part for part in ordered_parts(block, self.analysis) if part.name in needed]
        if not parts:
            return self._returned(block, outputs, pad)
        *parts, last = parts
        lines = [line for part in parts for line in self._named(block, part, pad)]
        if tuple(outputs) == (last.name,):
            return [*lines, f"{pad}return {self._call(block, last)}"]
        return [*lines, *self._named(block, last, pad), *self._returned(block, outputs, pad)]

    def _named(self, block: Block, part: Part, pad: str) -> list[str]:
        """The lines that compute a part, and take from inside it what others read there."""
        taken = [f"{pad}{name} = self.{name}.take()" for name in taps_of(block, part, self.analysis)]
        return [f"{pad}{part.name} = {self._call(block, part)}", *taken]

    def _signature(self, block: Block) -> list[str]:
        tensor = self.namespace.imported("torch", "Tensor")
        names = self._variables(block)
        arguments = ["self", *(f"{names[name]}: {tensor}" for name in self.wiring.inputs[block.path])]
        gives = [isinstance(given, Shape) for given in block_gives(block, self.analysis).values()]
        returns = " | ".join(
            name for name, given in ((tensor, any(gives)), (f"dict[str, {tensor}]", not all(gives))) if given
        )
        if block.needs_task_labels:
            arguments.append(f"task_labels: {self.namespace.imported('clspec', 'nn', 'cl')}.TaskLabels")
            if block is self.root:
                returns = f"{returns} | dict[int, {returns}]"
        one = f"    def forward({joined(arguments)}) -> {returns}:"
        if len(one) <= WIDTH:
            return [one]
        within = f"        {joined(arguments)}"
        listed = [within] if len(within) <= WIDTH else [f"        {argument}," for argument in arguments]
        return ["    def forward(", *listed, f"    ) -> {returns}:"]

    def _call(self, block: Block, part: Part) -> str:
        names = self._variables(block)
        arguments = [names[link.label] for link in self.wiring.sources[part.path]]
        labelled = part.block.needs_task_labels if part.block else part.component and part.component.needs_task_labels
        if labelled:
            arguments.append("task_labels")
        return f"self.{part.name}({joined(arguments)})"

    def _variables(self, block: Block) -> Mapping[str, str]:
        if block.path not in self._names:
            self._names[block.path] = variables(block, self.analysis)
        return self._names[block.path]

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


def variables(block: Block, analysis: Structure) -> Mapping[str, str]:
    """The Python name in a block's methods of each part, of what it is handed, and of what it taps, by their labels."""
    names = {name: name for name in (*(part.name for part in block.parts), *analysis.wiring.inputs[block.path])}
    given = [name for name in names if "." in name]
    taps = [
        (f"{part.name}.{written}", f"{part.name}.{tap.path}")
        for part in block.parts
        for written, tap in analysis.flow.taps.get(part.path, {}).items()
    ]
    taken = {name for name in names if "." not in name} | RESERVED
    by_path: dict[str, str] = {}  # one submodule is tapped once, however it was written
    for label, path in [*((name, name) for name in given), *taps]:
        if path not in by_path:
            wanted = label.replace(".", "_")
            while wanted in taken:
                wanted += "_"
            taken |= {wanted}
            by_path[path] = wanted
        names[label] = by_path[path]
    return names


def taps_of(block: Block, part: Part, analysis: Structure) -> Mapping[str, Tap]:
    """What is read from inside a part, by its name in the block's methods."""
    taps = analysis.flow.taps.get(part.path, {})
    names = variables(block, analysis) if taps else dict[str, str]()
    return {names[f"{part.name}.{written}"]: tap for written, tap in taps.items()}


def ordered_parts(block: Block, analysis: Structure) -> list[Part]:
    """A block's parts in data-flow order, without its inputs."""
    parts = [block.part(name) for name in analysis.wiring.order[block.path]]
    return [part for part in parts if part is not None and part.role != "input"]


def block_gives(block: Block, analysis: Structure) -> Mapping[str, Given]:
    """What a block gives, one shape or shapes by output key, by the mode in which it does: "" where in both."""
    outputs, wiring = analysis.flow.outputs, analysis.wiring
    if block is not analysis.model:
        return {"": outputs[block.path]}
    by_mode = wiring.by_mode.get(block.path)
    if by_mode is None:
        return {"": gather({name: outputs[name] for name in wiring.outputs[block.path]})}
    return {mode: gather({name: outputs[name] for name in names}) for mode, names in by_mode.items()}
