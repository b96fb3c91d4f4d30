"""Infers every shape of a model from its inputs, before anything is built."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from math import prod

from clspec.analyses.program import Block, Flow, Link, Part, Tap, Wiring
from clspec.analyses.reach import readers
from clspec.components.base import Component
from clspec.components.mistakes import ShapeError, TapError
from clspec.components.reads import POOL_FIRST, spelt
from clspec.components.sequence import SequenceOf
from clspec.diagnostics import Diagnostic, Findings, Related, choices_help
from clspec.ir.shapes import Shape
from clspec.source import Span

Given = Shape | Mapping[str, Shape]
"""What a part gives: one shape, or shapes by output key."""
UNKNOWN = Shape("features", None)
_WORDS = {
    "map": "an image or map",
    "features": "features",
    "sequence": "a sequence",
    "logits": "a head's answer",
    "task_logits": "a head's answer",
}


MOST_NUMBERS = 10_000_000_000
"""Of one sample at any place: 40 GB in float32. A model that makes more can be built, but never run."""


def infer_shapes(model: Block, wiring: Wiring) -> tuple[Flow, list[Diagnostic]]:
    """The shape into and out of every part. Where a shape is unknown or wrong, nothing after it is judged."""
    inferrer = _Inferrer(wiring)
    declared = {part.name: _declared(part) for part in model.input_parts}
    inferrer.block(model, declared)
    return Flow(inferrer.inputs, inferrer.outputs, inferrer.taps), inferrer.found


def infer_inside(model: Block, wiring: Wiring, inputs: tuple[Shape, ...]) -> tuple[Flow, list[Diagnostic]]:
    """The same for a model that stands inside another component and is handed these shapes."""
    inferrer = _Inferrer(wiring)
    given: dict[str, Shape] = {}
    for part, shape in zip(model.input_parts, inputs, strict=True):
        given[part.name] = shape
        declared = _declared(part)
        if not _fits(declared, shape):
            message = f"its input {part.name} wants {_spelt(declared)}, but gets {_spelt(shape)}"
            inferrer.found.report("CL301", message, part.span, f"the input of model {model.title} says so")
    inferrer.block(model, given)
    return Flow(inferrer.inputs, inferrer.outputs, inferrer.taps), inferrer.found


def _fits(declared: Shape, given: Shape) -> bool:
    return not given.known or (declared.kind == given.kind and declared.sizes in (None, given.sizes))


def _declared(part: Part) -> Shape:
    return UNKNOWN if part.component is None else part.component.output_shape(())


@dataclass
class _Inferrer:
    wiring: Wiring
    inputs: dict[str, tuple[Shape, ...]] = field(default_factory=dict[str, tuple[Shape, ...]])
    outputs: dict[str, Given] = field(default_factory=dict[str, "Given"])
    taps: dict[str, dict[str, Tap]] = field(default_factory=dict[str, "dict[str, Tap]"])
    found: Findings = field(default_factory=Findings)

    def block(self, block: Block, given: Mapping[str, Shape]) -> Given:
        """Shapes inside a scope whose inputs have the shapes `given`; returns what it gives."""
        scope: dict[str, Given] = dict(given)
        spans = {part.name: part.span for part in block.parts}
        for name in self.wiring.order[block.path]:
            part = block.part(name)
            if part is None:
                continue
            if part.role == "input":
                self.inputs[part.path] = ()
                self.outputs[part.path] = scope.setdefault(name, _declared(part))
                if not block.path and not self._fits_memory(_declared(part), part.places[0]):
                    scope[name] = UNKNOWN
                continue
            scope[name] = self._part(block, part, scope, spans)
            self.outputs[part.path] = scope[name]
        by_mode = self.wiring.by_mode.get(block.path)
        if by_mode is not None and block.path:
            return self._same_in_both(block, {mode: _gathered(scope, names) for mode, names in by_mode.items()})
        return _gathered(scope, self.wiring.outputs[block.path])

    def _same_in_both(self, block: Block, given: Mapping[str, Given]) -> Given:
        """What a nested block gives, in whichever mode: who reads it knows no modes."""
        train, eval_ = (given[mode] for mode in ("train", "eval"))
        if UNKNOWN not in (train, eval_) and train != eval_ and block.outputs:
            message = f"{block.title} gives {_told(train)} in train mode, but {_told(eval_)} in eval mode"
            help = "inside a model or group, both modes give the same"
            self.found.report("CL301", message, block.outputs[0].span, help)
        return train

    def _part(self, block: Block, part: Part, scope: Mapping[str, Given], spans: Mapping[str, Span]) -> Given:
        shapes: list[Shape] = []
        for link in self.wiring.sources[part.path]:
            shape = self._tapped(block, link) if link.tap else scope.get(link.name, UNKNOWN)
            if not isinstance(shape, Shape):
                message = f'"{link.label}" gives several outputs ({", ".join(shape)}), so it cannot be read as one'
                help = f"say which it gives: `output {next(iter(shape))}` inside {link.label}"
                self.found.report("CL303", message, link.span, help)
                shape = UNKNOWN
            shapes.append(shape)
        self.inputs[part.path] = tuple(shapes)
        if part.block is not None:
            return self._nested(part, part.block, shapes, spans)
        if part.component is None or not shapes or not all(shape.known for shape in shapes):
            return UNKNOWN
        return self._component(part, part.component, tuple(shapes), spans)

    def _tapped(self, block: Block, link: Link) -> Given:
        """What a submodule of a backbone gives."""
        tapped = block.part(link.name)
        if tapped is None or tapped.broken:
            return UNKNOWN
        part, steps = tapped, link.tap.split(".")
        while part.block is not None and steps:  # a nested model's parts are its submodules
            inner = part.block.part(steps[0])
            if inner is None or inner.role == "input":
                known = [each.name for each in part.block.parts if each.role != "input"]
                message = f'"{steps[0]}" is no part of {part.block.title}'
                self.found.report("CL116", message, link.span, choices_help(steps[0], known))
                return UNKNOWN
            if mode := self._left_out(part.block, inner):
                message = f'"{inner.name}" is not computed{mode}: nothing that {part.block.title} gives there needs it'
                self.found.report("CL116", message, link.span, f"let {part.block.title} give it: `output {inner.name}`")
                return UNKNOWN
            part, steps = inner, steps[1:]
        shape, path = self.outputs.get(part.path, UNKNOWN), part.path[len(tapped.path) + 1 :]
        if steps:
            inputs = self.inputs.get(part.path, ())
            if part.component is None or not inputs or not all(each.known for each in inputs):
                return UNKNOWN
            if isinstance(shape, Shape) and not shape.known:
                return UNKNOWN  # what is wrong with the backbone itself has been told
            try:
                inside, shape = part.component.tap(".".join(steps), inputs)
            except TapError as error:
                whole = link.label.removesuffix(f".{'.'.join(steps)}")
                self.found.report("CL116", error.message, link.span, error.help or f"read {whole}")
                return UNKNOWN
            path = f"{path}.{inside}".lstrip(".")
        if isinstance(shape, Shape):
            self.taps.setdefault(tapped.path, {})[link.tap] = Tap(path, shape)
        return shape

    def _left_out(self, block: Block, part: Part) -> str:
        """In which mode a block's forward leaves a part out, as ` in eval mode`; "" where it does in none."""
        by_mode = self.wiring.by_mode.get(block.path, {"": self.wiring.outputs[block.path]})
        modes = [mode for mode, names in by_mode.items() if part.name not in readers(names, block, self.wiring)]
        return "" if not modes else f" in {modes[0]} mode" if modes[0] else " in its forward"

    def _component(
        self, part: Part, component: Component, shapes: tuple[Shape, ...], spans: Mapping[str, Span]
    ) -> Shape:
        steps: Sequence[Component] = component.items if isinstance(component, SequenceOf) else (component,)
        places = part.places[1:] if isinstance(component, SequenceOf) else part.places
        before = givers = [
            Related(f"{link.label} gives {shape}", spans.get(link.name, link.span))
            for link, shape in zip(self.wiring.sources[part.path], shapes, strict=True)
        ]
        for step, place in zip(steps, places, strict=True):
            try:
                shapes = (step.output_shape(shapes),)
            except ShapeError as error:
                self.found.report(error.code, error.message, place, error.help, *before)
                return UNKNOWN
            # Wide features come from as many parameters, which are counted with their estimate.
            if shapes[0].kind != "features" and not self._fits_memory(shapes[0], place, *before):
                return UNKNOWN
            before = [Related(f"this gives {shapes[0]}", place)]
        if part.role == "head" and shapes[0].kind == "sequence":
            message = f"a head gives one answer a sample, not {spelt(shapes[0])}"
            self.found.report("CL302", message, part.places[0], POOL_FIRST, *givers)
            return UNKNOWN
        return shapes[0]

    def _fits_memory(self, shape: Shape, place: Span, *givers: Related) -> bool:
        # Flat features come of layers whose parameters say so first (CL306).
        numbers = 0 if shape.kind == "features" else prod(shape.sizes or ())
        if numbers > MOST_NUMBERS:
            message = f"one sample would hold {numbers:,} numbers here ({shape}); at most {MOST_NUMBERS:,} are computed"
            self.found.report("CL307", message, place, "make it smaller", *givers)
        return numbers <= MOST_NUMBERS

    def _nested(self, part: Part, block: Block, shapes: Sequence[Shape], spans: Mapping[str, Span]) -> Given:
        if block.kind == "group":
            return self.block(block, dict(zip(self.wiring.inputs[block.path], shapes, strict=False)))
        given: dict[str, Shape] = {}
        for inner, shape in zip(block.input_parts, [*shapes, *[UNKNOWN] * len(block.input_parts)], strict=False):
            declared = _declared(inner)
            given[inner.name] = declared if declared.known else shape
            if not _fits(declared, shape):
                self.found.report(
                    "CL301",
                    f'"{part.name}" wants {_spelt(declared)}, but gets {_spelt(shape)}',
                    part.places[0],
                    f"the input of model {block.title} says so",
                    Related(f"{inner.name} is declared here", inner.span),
                    *_givers(self.wiring, part, spans),
                )
        with self.found.used_at(part.places[0]):
            return self.block(block, given)


def _gathered(scope: Mapping[str, Given], names: Sequence[str]) -> Given:
    # What has no part gives nothing to judge others by; that it has none is told already.
    return gather({name: scope[name] for name in names}) if names else UNKNOWN


def _told(given: Given) -> str:
    return str(given) if isinstance(given, Shape) else ", ".join(f"{key} ({shape})" for key, shape in given.items())


def _givers(wiring: Wiring, part: Part, spans: Mapping[str, Span]) -> list[Related]:
    return [Related(f"{link.label} is here", spans.get(link.name, link.span)) for link in wiring.sources[part.path]]


def _spelt(shape: Shape) -> str:
    kind = _WORDS.get(shape.kind, shape.kind)
    return f"{kind} of {shape}" if shape.sizes else kind


def gather(outputs: Mapping[str, Given]) -> Given:
    """What a block gives: the shape of its one output, or shapes by output key (`group.node` for those of a group)."""
    flat: dict[str, Shape] = {}
    for name, shape in outputs.items():
        if isinstance(shape, Shape):
            flat[name] = shape
        else:
            flat |= {f"{name}.{key}": inner for key, inner in shape.items()}
    if len(outputs) == 1 and len(flat) == 1:
        return next(iter(flat.values()))
    if len(outputs) == 1:
        (only,) = outputs.values()
        return only
    return flat


def missing_sizes(model: Block) -> list[Diagnostic]:
    """Inputs of the model itself that say no size: nothing can be built from it alone."""
    found = Findings()
    for part in model.input_parts:
        if part.component is not None and not part.component.output_shape(()).known:
            message = f'input "{part.name}" of model {model.title} says no size'
            help = "such as `features(784)`; or compile a model that uses this one"
            found.report("CL304", message, part.places[0], help)
    return found
