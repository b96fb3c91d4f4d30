"""The classes of a generated module: one a model or group, written as a person would."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence

from clspec.analyses import Analysis
from clspec.analyses.model_component import Blueprint
from clspec.analyses.program import Block, Part, PlannedRule, Structure
from clspec.codegen.forward import ForwardWriter, block_gives, ordered_parts, taps_of
from clspec.codegen.python import WIDTH, CallPrinter, Namespace, comment, docstring, joined, literal, pascal
from clspec.codegen.targets import TARGETS, Target
from clspec.codegen.words import Given, block_doc, remark
from clspec.growth import Rule, Trigger
from clspec.ir.construct import Construct
from clspec.ir.shapes import Shape
from clspec.source import file_name


class Classes:
    """The classes written so far, in an order in which each is defined before it is used."""

    def __init__(self) -> None:
        self.texts: list[list[str]] = []
        self._names: dict[tuple[str, ...], str] = {}

    def claim(self, key: tuple[str, ...], wanted: str, namespace: Namespace) -> str:
        """The name of a class whose lines, but for its name, stand behind the first entry of the key."""
        if key not in self._names:
            name = self._names[key] = namespace.claim(wanted)
            self.texts.append([key[1].replace("class (", f"class {name}("), *key[2:]])
        return self._names[key]


class ClassWriter:
    """Writes the classes of a model and of every block in it, inner ones first; equal blocks share a class."""

    def __init__(self, structure: Structure, namespace: Namespace, classes: Classes) -> None:
        self.structure, self.namespace, self.classes = structure, namespace, classes
        self.printer = CallPrinter(namespace, self._of_model_component)
        self.root: Analysis | None = None
        self.seed: int | None = None
        self.weights: Mapping[str, str | os.PathLike[str]] = {}
        self.target = TARGETS["torch"]
        self.forward = ForwardWriter(structure, namespace, None)

    def write_root(
        self, analysis: Analysis, seed: int | None, weights: Mapping[str, str | os.PathLike[str]], target: Target
    ) -> str:
        """Writes the classes of a whole model, the one that adapts last; its name."""
        self.root, self.seed, self.weights, self.target = analysis, seed, weights, target
        self.forward = ForwardWriter(analysis, self.namespace, analysis.model)
        name = self.namespace.claim(analysis.model.title)
        self.classes.texts.append(self._class(analysis.model, name, self._nested(analysis.model, name)))
        return name

    def write_inner(self) -> str:
        """Writes the classes of a model that stands inside another component; its name."""
        block = self.structure.model
        body = self._class(block, "", self._nested(block, block.title))
        return self.classes.claim((block.title, *body), block.title, self.namespace)

    def _of_model_component(self, construct: Construct) -> str:
        if not isinstance(construct.blueprint, Blueprint):
            raise TypeError(f"{construct.name} has no blueprint")
        return ClassWriter(construct.blueprint, self.namespace, self.classes).write_inner()

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
            names[part.name] = self.classes.claim(key, wanted, self.namespace)
        return names

    def _class(self, block: Block, name: str, classes: Mapping[str, str]) -> list[str]:
        cl = self.namespace.imported("clspec", "nn", "cl")
        root = self.root is not None and block is self.root.model
        lines = [f"class {name}({self._root_base(block) if root else f'{cl}.NestedModule'}):"]
        lines += docstring(self._doc(block), 4)
        if root:
            lines += ["", *self._plan()]
            lines.append(f"    INPUTS = {{{self._input_sizes(block)}}}")
            lines += self._tokens(block)
            lines += [f"    SEED = {self.seed}"] if self.seed is not None else []
            lines += ["    NEEDS_TASK_LABELS = True"] if block.needs_task_labels else []
        lines += ["", "    def __init__(self) -> None:", "        super().__init__()"]
        for part in ordered_parts(block, self.structure):
            lines += self._assignment(part, classes, root)
            lines += self._taps(block, part)
        if root:
            loads = [f"self.{path}, {literal(os.fspath(file))}" for path, file in self.weights.items()]
            lines += [f"        {cl}.load_weights({arguments})" for arguments in loads]
            lines.append("        self.begin()  # rules without a trigger hold from here on")
        return [*lines, "", *self.forward.lines(block)]

    def _root_base(self, block: Block) -> str:
        base = self.target.base_by_task if block.needs_task_labels else self.target.base
        if self.target.module == "clspec.nn":
            return f"{self.namespace.imported('clspec', 'nn', 'cl')}.{base}"
        return self.namespace.imported(self.target.module, base)

    def _doc(self, block: Block) -> list[str]:
        doc = f"Group `{block.title}`." if block.kind == "group" else block.doc
        gives, inputs = block_gives(block, self.structure), self._inputs(block)
        if "" in gives:
            return block_doc(doc, inputs, gives[""])
        by_mode = [line for mode, given in gives.items() for line in block_doc(f"In {mode} mode:", inputs, given)]
        return [" ".join(doc.split()), "", *by_mode] if doc else by_mode

    def _input_sizes(self, block: Block) -> str:
        shapes = {name: self.structure.flow.outputs[name] for name in self.structure.wiring.inputs[block.path]}
        return joined(f'"{name}": {shape.sizes}' for name, shape in shapes.items() if isinstance(shape, Shape))

    def _tokens(self, block: Block) -> list[str]:
        """The line that names the inputs of token ids, where there are any."""
        shapes = {name: self.structure.flow.outputs[name] for name in self.structure.wiring.inputs[block.path]}
        tokens = [f'"{name}"' for name, shape in shapes.items() if isinstance(shape, Shape) and shape.kind == "tokens"]
        return [f"    TOKENS = {{{joined(tokens)}}}"] if tokens else []

    def _inputs(self, block: Block) -> Sequence[Given]:
        """The shapes that a block reads: a group's sources, or the inputs that a model declares."""
        flow = self.structure.flow
        if block.kind == "group":
            return flow.inputs[block.path]
        return [flow.outputs[part.path] for part in block.input_parts]

    def _assignment(self, part: Part, classes: Mapping[str, str], root: bool) -> list[str]:
        indent = 8
        lead: list[str] = []
        if self.seed is not None and root:
            cl = self.namespace.imported("clspec", "nn", "cl")
            lead = [f'        with {cl}.seeded(self.SEED, "{part.path}"):']
            indent = 12
        tail = remark(self.structure.flow.outputs[part.path])
        if part.block is not None:
            return [*lead, f"{' ' * indent}self.{part.name} = {classes[part.name]}(){tail}"]
        if part.component is None:
            return []
        construct = part.component.constructor(self.structure.flow.inputs[part.path])
        return [*lead, *self.printer.lines(f"self.{part.name} = ", construct, tail, indent)]

    def _taps(self, block: Block, part: Part) -> list[str]:
        """What keeps the answers of submodules that other parts read."""
        lines: list[str] = []
        for name, tap in taps_of(block, part, self.structure).items():
            cl = self.namespace.imported("clspec", "nn", "cl")
            lines.append(f'        self.{name} = {cl}.Tap(self.{part.name}, "{tap.path}"){remark(tap.shape)}')
        return lines

    # ---- the plan

    def _plan(self) -> list[str]:
        rules = self.root.plan.rules if self.root else ()
        if not rules:
            return ["    PLAN = ()"]
        codes = [f"{self._rule(planned.rule)}," for planned in rules]
        return ["    PLAN = (", *_beside(codes, rules), "    )"]

    def _rule(self, rule: Rule) -> str:
        name = self.namespace.imported("clspec.nn", "Rule")
        own = "".join(f', {word}="{path}"' for word, path in (("until", rule.until), ("since", rule.since)) if path)
        own += ", own=True" if rule.own else ""
        return f'{name}({self._trigger(rule.trigger)}, "{rule.action}", "{rule.target}"{own})'

    def _trigger(self, trigger: Trigger) -> str:
        on = self.namespace.imported("clspec.nn", "on")
        if trigger.event == "experience":
            bounds = [] if (trigger.first, trigger.last) == (0, None) else [str(trigger.first), str(trigger.last)]
            text = f"{on}.experience({joined(bounds)})"
        else:
            text = f"{on}.{trigger.event}"
        return f"{on}.after({text})" if trigger.after else text


def _beside(codes: Sequence[str], rules: Sequence[PlannedRule]) -> list[str]:
    """The rows of a plan with each rule's text and place: beside it in columns, beside it, or above it, as it fits."""
    texts = [comment(planned.text) for planned in rules]
    places = [comment(f"{file_name(planned.span.source.name)}:{planned.span.line}") for planned in rules]
    rows = list(zip(codes, texts, places, strict=True))
    code_width, text_width = max(map(len, codes)), max(map(len, texts))
    in_columns = [f"        {code:<{code_width}}  # {text:<{text_width}}  {place}" for code, text, place in rows]
    beside = [f"        {code}  # {text}  {place}" for code, text, place in rows]
    for lines in (in_columns, beside):
        if max(map(len, lines)) <= WIDTH:
            return lines
    return [line for code, text, place in rows for line in (f"        # {text}  {place}", f"        {code}")]
