"""Infers every shape of a model from its inputs, before anything is built."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from clspec.analyses.program import Block, Flow, Part, Wiring
from clspec.components.base import POOL_FIRST, Component, ShapeError, spelt
from clspec.components.sequence import SequenceOf
from clspec.diagnostics import Diagnostic, Findings, Related
from clspec.ir.shapes import Shape
from clspec.source import Span

UNKNOWN = Shape("features", None)
_WORDS = {
    "map": "an image or map",
    "features": "features",
    "sequence": "a sequence",
    "logits": "a head's answer",
    "task_logits": "a head's answer",
}


def infer_shapes(model: Block, wiring: Wiring) -> tuple[Flow, list[Diagnostic]]:
    """The shape into and out of every part. Where a shape is unknown or wrong, nothing after it is judged."""
    inferrer = _Inferrer(wiring)
    declared = {part.name: _declared(part) for part in model.input_parts}
    inferrer.block(model, declared)
    return Flow(inferrer.inputs, inferrer.outputs), inferrer.found


def _declared(part: Part) -> Shape:
    return UNKNOWN if part.component is None else part.component.output_shape(())


@dataclass
class _Inferrer:
    wiring: Wiring
    inputs: dict[str, tuple[Shape, ...]] = field(default_factory=dict[str, tuple[Shape, ...]])
    outputs: dict[str, Shape | Mapping[str, Shape]] = field(default_factory=dict[str, "Shape | Mapping[str, Shape]"])
    found: Findings = field(default_factory=Findings)

    def block(self, block: Block, given: Mapping[str, Shape]) -> Shape | Mapping[str, Shape]:
        """Shapes inside a scope whose inputs have the shapes `given`; returns what it gives."""
        scope: dict[str, Shape | Mapping[str, Shape]] = dict(given)
        spans = {part.name: part.span for part in block.parts}
        for name in self.wiring.order[block.path]:
            part = block.part(name)
            if part is None:
                continue
            if part.role == "input":
                self.inputs[part.path] = ()
                self.outputs[part.path] = scope.setdefault(name, _declared(part))
                continue
            scope[name] = self._part(part, scope, spans)
            self.outputs[part.path] = scope[name]
        return gather({name: scope[name] for name in self.wiring.outputs[block.path]})

    def _part(
        self, part: Part, scope: Mapping[str, Shape | Mapping[str, Shape]], spans: Mapping[str, Span]
    ) -> Shape | Mapping[str, Shape]:
        shapes: list[Shape] = []
        for link in self.wiring.sources[part.path]:
            shape = scope.get(link.name, UNKNOWN)
            if not isinstance(shape, Shape):
                message = f'"{link.name}" gives several outputs ({", ".join(shape)}), so it cannot be read as one'
                help = f"say which it gives: `output {next(iter(shape))}` inside {link.name}"
                self.found.report("CL303", message, link.span, help)
                shape = UNKNOWN
            shapes.append(shape)
        self.inputs[part.path] = tuple(shapes)
        if part.block is not None:
            return self._nested(part, part.block, shapes, spans)
        if part.component is None or not shapes or not all(shape.known for shape in shapes):
            return UNKNOWN
        return self._component(part, part.component, tuple(shapes), spans)

    def _component(
        self, part: Part, component: Component, shapes: tuple[Shape, ...], spans: Mapping[str, Span]
    ) -> Shape:
        steps: Sequence[Component] = component.items if isinstance(component, SequenceOf) else (component,)
        places = part.places[1:] if isinstance(component, SequenceOf) else part.places
        before = givers = [
            Related(f"{link.name} gives {shape}", spans.get(link.name, link.span))
            for link, shape in zip(self.wiring.sources[part.path], shapes, strict=True)
        ]
        for step, place in zip(steps, places, strict=True):
            try:
                shapes = (step.output_shape(shapes),)
            except ShapeError as error:
                self.found.report(error.code, error.message, place, error.help, *before)
                return UNKNOWN
            before = [Related(f"this gives {shapes[0]}", place)]
        if part.role == "head" and shapes[0].kind == "sequence":
            message = f"a head gives one answer a sample, not {spelt(shapes[0])}"
            self.found.report("CL302", message, part.places[0], POOL_FIRST, *givers)
            return UNKNOWN
        return shapes[0]

    def _nested(
        self, part: Part, block: Block, shapes: Sequence[Shape], spans: Mapping[str, Span]
    ) -> Shape | Mapping[str, Shape]:
        if block.kind == "group":
            return self.block(block, dict(zip(self.wiring.inputs[block.path], shapes, strict=False)))
        given: dict[str, Shape] = {}
        for inner, shape in zip(block.input_parts, [*shapes, *[UNKNOWN] * len(block.input_parts)], strict=False):
            declared = _declared(inner)
            given[inner.name] = declared if declared.known else shape
            fits = not shape.known or (declared.kind == shape.kind and declared.sizes in (None, shape.sizes))
            if not fits:
                self.found.report(
                    "CL301",
                    f'"{part.name}" wants {_spelt(declared)}, but gets {_spelt(shape)}',
                    part.places[0],
                    f"the input of model {block.title} says so",
                    Related(f"{inner.name} is declared here", inner.span),
                    *_givers(self.wiring, part, spans),
                )
        return self.block(block, given)


def _givers(wiring: Wiring, part: Part, spans: Mapping[str, Span]) -> list[Related]:
    return [Related(f"{link.name} is here", spans.get(link.name, link.span)) for link in wiring.sources[part.path]]


def _spelt(shape: Shape) -> str:
    kind = _WORDS.get(shape.kind, shape.kind)
    return f"{kind} of {shape}" if shape.sizes else kind


def gather(outputs: Mapping[str, Shape | Mapping[str, Shape]]) -> Shape | Mapping[str, Shape]:
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
