"""The classes of a generated module: one a model or group, written as a person would."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from clspec.analyses import Analysis
from clspec.analyses.program import Block, Part
from clspec.analyses.wiring import readers
from clspec.codegen.python import CallPrinter, Namespace, comment, docstring, joined, pascal
from clspec.growth import Rule, Trigger
from clspec.ir.shapes import Shape
from clspec.source import file_name


class ClassWriter:
    """Writes the class of every block, inner ones first; equal blocks share a class."""

    def __init__(self, analysis: Analysis, namespace: Namespace, seed: int | None) -> None:
        self.analysis, self.namespace, self.seed = analysis, namespace, seed
        self.printer = CallPrinter(namespace)
        self.root_name = namespace.claim(analysis.model.title)
        self._by_body: dict[tuple[str, ...], str] = {}
        self.classes: list[list[str]] = []

    def write(self) -> list[list[str]]:
        """The lines of every class, in an order in which each is defined before it is used."""
        names = self._nested(self.analysis.model, self.root_name)
        self.classes.append(self._class(self.analysis.model, self.root_name, names))
        return self.classes

    def _nested(self, block: Block, owner: str) -> dict[str, str]:
        """Writes the classes inside a block; the class name of each part that is one."""
        names: dict[str, str] = {}
        for part in block.parts:
            if part.block is None:
                continue
            inner = part.block
            wanted = f"{owner}{pascal(part.name)}" if inner.kind == "group" else inner.title
            body = self._class(inner, "", self._nested(inner, wanted))
            key = (inner.title if inner.kind == "model" else owner, *body)
            if key not in self._by_body:
                self._by_body[key] = self.namespace.claim(wanted)
                name = self._by_body[key]
                self.classes.append([body[0].replace("class (", f"class {name}("), *body[1:]])
            names[part.name] = self._by_body[key]
        return names

    def _class(self, block: Block, name: str, classes: Mapping[str, str]) -> list[str]:
        cl = self.namespace.imported("clspec", "nn", "cl")
        root = block is self.analysis.model
        lines = [f"class {name}({cl}.{'CompiledModel' if root else 'NestedModule'}):"]
        lines += docstring(self._doc(block), 4)
        if root:
            lines += ["", *self._plan()]
            lines += [f"    SEED = {self.seed}"] if self.seed is not None else []
            lines += ["    NEEDS_TASK_LABELS = True"] if block.needs_task_labels else []
        lines += ["", "    def __init__(self) -> None:", "        super().__init__()"]
        for part in self._ordered(block):
            lines += self._assignment(part, classes, root)
        if root:
            lines.append("        self.begin()  # rules without a trigger hold from here on")
        return [*lines, "", *self._forward(block)]

    def _ordered(self, block: Block) -> list[Part]:
        parts = [block.part(name) for name in self.analysis.wiring.order[block.path]]
        return [part for part in parts if part is not None and part.role != "input"]

    # ---- construction

    def _assignment(self, part: Part, classes: Mapping[str, str], root: bool) -> list[str]:
        indent = 8
        lead: list[str] = []
        if self.seed is not None and root:
            cl = self.namespace.imported("clspec", "nn", "cl")
            lead = [f'        with {cl}.seeded(self.SEED, "{part.path}"):']
            indent = 12
        tail = f"  # {shown(self.analysis.flow.outputs[part.path])}"
        if part.block is not None:
            return [*lead, f"{' ' * indent}self.{part.name} = {classes[part.name]}(){tail}"]
        if part.component is None:
            return []
        construct = part.component.construct(self.analysis.flow.inputs[part.path])
        return [*lead, *self.printer.lines(f"self.{part.name} = ", construct, tail, indent)]

    # ---- forward

    def _forward(self, block: Block) -> list[str]:
        root = block is self.analysis.model
        names = [*self.analysis.wiring.inputs[block.path]]
        tensor = self.namespace.imported("torch", "Tensor")
        signature = [f"{name}: {tensor}" for name in names]
        returns = tensor if isinstance(self._given(block), Shape) else f"dict[str, {tensor}]"
        if block.needs_task_labels:
            cl = self.namespace.imported("clspec", "nn", "cl")
            signature.append(f"task_labels: {cl}.TaskLabels")
        lines = [f"    def forward(self, {joined(signature)}) -> {returns}:"]
        if root and block.needs_task_labels:
            lines[0] = f"    def forward(self, {joined(signature)}) -> {returns} | dict[int, {returns}]:"
            lines += ["        if task_labels is None:", f"            return self.every_task({joined(names)})"]
        outputs = self.analysis.wiring.outputs[block.path]
        needed = readers(outputs, block, self.analysis.wiring)
        parts = [part for part in self._ordered(block) if part.name in needed]
        for part in parts[:-1]:
            lines.append(f"        {part.name} = {self._call(part)}")
        last = parts[-1]
        if outputs == (last.name,):
            return [*lines, f"        return {self._call(last)}"]
        lines.append(f"        {last.name} = {self._call(last)}")
        return [*lines, *self._returned(block, outputs)]

    def _call(self, part: Part) -> str:
        arguments = [link.name for link in self.analysis.wiring.sources[part.path]]
        labelled = part.block.needs_task_labels if part.block else part.component and part.component.needs_task_labels
        return f"self.{part.name}({joined([*arguments, *(['task_labels'] if labelled else [])])})"

    def _returned(self, block: Block, outputs: Sequence[str]) -> list[str]:
        if len(outputs) == 1:
            return [f"        return {outputs[0]}"]
        entries: list[str] = []
        for name in outputs:
            part = block.part(name)
            shape = self.analysis.flow.outputs[part.path] if part else None
            if isinstance(shape, Shape) or shape is None:
                entries.append(f'"{name}": {name}')
            else:
                entries += [f'"{name}.{key}": {name}["{key}"]' for key in shape]
        one = f"        return {{{joined(entries)}}}"
        if len(one) <= 100:
            return [one]
        return ["        return {", *(f"            {entry}," for entry in entries), "        }"]

    # ---- words

    def _doc(self, block: Block) -> list[str]:
        flow = self.analysis.flow
        inputs: list[str] = []
        for name in self.analysis.wiring.inputs[block.path]:
            part = block.part(name)
            shape = flow.outputs[part.path] if part else self._source_shape(block, name)
            inputs.append(shown(shape))
        given = self._given(block)
        shapes = f"{joined(inputs)} -> {shown(given)}"
        if block.kind == "group":
            return [f"Group `{block.title}`. {shapes}"]
        doc = " ".join(block.doc.split())
        if not doc:
            return [shapes]
        return [f"{doc} {shapes}"] if len(doc) + len(shapes) < 100 else [doc, "", shapes]

    def _source_shape(self, block: Block, name: str) -> Shape | Mapping[str, Shape]:
        position = self.analysis.wiring.inputs[block.path].index(name)
        return self.analysis.flow.inputs[block.path][position]

    def _given(self, block: Block) -> Shape | Mapping[str, Shape]:
        """What a block gives: one shape, or shapes by output key."""
        if block is not self.analysis.model:
            return self.analysis.flow.outputs[block.path]
        given: dict[str, Shape] = {}
        outputs = self.analysis.wiring.outputs[block.path]
        for name in outputs:
            shape = self.analysis.flow.outputs[name]
            if isinstance(shape, Shape):
                given[name] = shape
            else:
                given |= {key if len(outputs) == 1 else f"{name}.{key}": inner for key, inner in shape.items()}
        if len(outputs) == 1 and isinstance(self.analysis.flow.outputs[outputs[0]], Shape):
            return given[outputs[0]]
        return given

    # ---- the plan

    def _plan(self) -> list[str]:
        rules = self.analysis.plan.rules
        if not rules:
            return ["    PLAN = ()"]
        rows = [
            (f"{self._rule(planned.rule)},", planned.text, f"{file_name(planned.span.source.name)}:{planned.span.line}")
            for planned in rules
        ]
        widths = [max(len(row[column]) for row in rows) for column in range(2)]
        lines = [
            f"        {code:<{widths[0]}}  # {comment(text):<{widths[1]}}  {comment(place)}" for code, text, place in rows
        ]
        return ["    PLAN = (", *lines, "    )"]

    def _rule(self, rule: Rule) -> str:
        name = self.namespace.imported("clspec.nn", "Rule")
        own = ", own=True" if rule.own else ""
        return f'{name}({self._trigger(rule.trigger)}, "{rule.action}", "{rule.target}"{own})'

    def _trigger(self, trigger: Trigger) -> str:
        on = self.namespace.imported("clspec.nn", "on")
        if trigger.event == "experience":
            bounds = [] if (trigger.first, trigger.last) == (0, None) else [str(trigger.first), str(trigger.last)]
            text = f"{on}.experience({joined(bounds)})"
        else:
            text = f"{on}.{trigger.event}"
        return f"{on}.after({text})" if trigger.after else text



def shown(shape: Shape | Mapping[str, Shape]) -> str:
    """A shape with its batch: `(batch, 64)`; logits say what they are as wide as."""
    if not isinstance(shape, Shape):
        return "{" + joined(f'"{key}": {shown(each)}' for key, each in shape.items()) + "}"
    if shape.kind == "logits":
        return "(batch, classes seen)"
    if shape.kind == "task_logits":
        return "(batch, classes of the sample's task)"
    return f"(batch, {joined(map(str, shape.sizes or ('any',)))})"
