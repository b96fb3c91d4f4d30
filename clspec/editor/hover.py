"""What is told of the name under the cursor: shapes, sizes, arguments and their defaults."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from clspec.analyses import Passed
from clspec.analyses.program import Block, Part
from clspec.analyses.shapes import UNKNOWN, Given, gather
from clspec.analyses.sizes import growing_parts, least
from clspec.analyses.streams import extent
from clspec.analyses.table import told_shapes, told_size
from clspec.components.base import Component
from clspec.components.growing import Growth, Size
from clspec.components.mistakes import ShapeError, TapError
from clspec.components.sequence import SequenceOf
from clspec.editor.files import files_of, given_at, used_file
from clspec.editor.symbols import Symbol, symbol_at
from clspec.editor.view import View
from clspec.ir.shapes import Shape
from clspec.ir.spec import Parameter, Spec
from clspec.reference import kinds
from clspec.source import Span


@dataclass(frozen=True)
class Told:
    """What is told of a name, as Markdown, and where the name stands."""

    text: str
    span: Span


def hover(view: View, offset: int) -> Told | None:
    """What is told of the name at a place; None where there is nothing to tell."""
    if view.spec is None or (here := symbol_at(view.names, offset)) is None:
        return None
    about = _about(view, view.spec, here.symbol, here.span)
    return Told("\n\n".join(about), here.span) if about else None


def _about(view: View, spec: Spec, symbol: Symbol, span: Span) -> list[str]:
    """Paragraphs."""
    match symbol.what:
        case "kind":
            return [*_kind(symbol.name), *_where_it_stands(view, span)]
        case "argument":
            return _argument(*symbol.path)
        case "inside":
            return _inside(view, spec, symbol)
        case "file":
            used = used_file(spec, symbol)
            return [] if used is None else [_code(f"use {_text(used.key)}"), *_listed("models", list(used.by_name))]
        case _:
            given = given_at(spec, symbol)
            return [] if given is None else _given(view, spec, symbol, given)


def _given(view: View, spec: Spec, symbol: Symbol, given: Span) -> list[str]:
    """About what the spec itself gives a name to."""
    holder = next(each for each in files_of(spec) if each.file == symbol.file)
    if symbol.what == "stream":
        stream = next(each for each in holder.streams if each.name.text == symbol.name)
        long = extent(stream)
        return [
            _code(stream.span.text),
            *([f"{long.experiences:,} experiences, {long.classes:,} classes"] if long.experiences else []),
        ]
    if symbol.what == "part":
        found = view.part_at(given)
        return [] if found is None else _part(*found)
    model = holder.by_name[symbol.path[0]]
    if symbol.what == "parameter":
        default = next(each for each in model.parameters if each.name.text == symbol.name)
        return [_code(_parameter(default)), f"parameter of {model.name.text}"]
    parameters = ", ".join(map(_parameter, model.parameters))
    doc = f"\n    {_text(model.doc.value)}" if model.doc else ""
    found = view.block_at(given)
    head = _code(f"model {model.name.text}{f'({parameters})' if parameters else ''}{doc}")
    return [head, *([] if found is None else _block(*found))]


# ---- parts and models ------------------------------------------------------------------------------------------------


def _part(passed: Passed, part: Part) -> list[str]:
    made_of = part.component.title() if part.component else part.block.title if part.use and part.block else ""
    lines = [_code(f"{part.role} {part.path}{f' = {made_of}' if made_of else ''}")]
    if part.block is not None:
        return [*lines, *_block(passed, part.block)]
    if part.component is None:
        return lines
    inputs = passed.flow.inputs.get(part.path, ())
    lines.append(_shapes(inputs, passed.flow.outputs.get(part.path, UNKNOWN)))
    lines += [size for _, size in _sizes(part, inputs)]
    return [*lines, *(f"own rule: `{rule}`" for rule in part.component.own_rules())]


def _block(passed: Passed, block: Block) -> list[str]:
    flow = passed.flow
    below = f"{block.path}." if block.path else ""
    given = {name: flow.outputs.get(below + name, UNKNOWN) for name in passed.wiring.outputs.get(block.path, ())}
    declared = [flow.outputs.get(part.path, UNKNOWN) for part in block.input_parts]
    reads = flow.inputs.get(block.path) or [shape for shape in declared if isinstance(shape, Shape)]
    total = _total(passed, block)
    shapes = [_shapes(reads, gather(given))] if given else []
    return [*shapes, *([] if total is None else [f"{told_size(total)} as it is born"])]


def _total(passed: Passed, block: Block) -> Size | None:
    """The size of all parts of a block; None where that of one is not known."""
    total = Size()
    for part in block.walk():
        if part.block is None and part.role != "input":
            inputs = passed.flow.inputs.get(part.path, ())
            sizes = list(_growths(part, inputs))
            if not sizes:
                return None
            for _, growth in sizes:
                total = total + least(growth)
    return total


def _sizes(part: Part, inputs: tuple[Shape, ...]) -> Iterator[tuple[str, str]]:
    for path, growth in _growths(part, inputs):
        inside = path.removeprefix(part.path).lstrip(".")
        yield path, f"{inside}: {told_size(growth)}" if inside else told_size(growth)


def _growths(part: Part, inputs: tuple[Shape, ...]) -> Iterator[tuple[str, Growth]]:
    if part.component is None or not inputs or not all(shape.known for shape in inputs):
        return
    for path, component in growing_parts(part.path, part.component):
        try:
            yield path, component.growth(inputs)
        except (ShapeError, TapError):  # that it does not fit is a finding
            return


def _where_it_stands(view: View, span: Span) -> list[str]:
    """The shapes and the size of the component whose kind is written at a place."""
    for passed in view.models:
        for part in passed.model.walk():
            if part.component is None:
                continue
            inputs = passed.flow.inputs.get(part.path, ())
            for component, place, reads in _written(part, part.component, inputs):
                if place.source is span.source and place.start == span.start:
                    return _at(component, reads)
    return []


def _written(
    part: Part, component: Component, inputs: tuple[Shape, ...]
) -> Iterator[tuple[Component, Span, tuple[Shape, ...]]]:
    """What a part is made of: itself, or the items of a list, each with its place and what it reads."""
    if not isinstance(component, SequenceOf):
        yield component, part.places[0], inputs
        return
    for item, place in zip(component.items, part.places[1:], strict=False):
        yield item, place, inputs
        try:
            inputs = (item.output_shape(inputs),) if inputs and all(each.known for each in inputs) else ()
        except ShapeError:
            inputs = ()


def _at(component: Component, inputs: tuple[Shape, ...]) -> list[str]:
    is_input = component.roles == ("input",)
    if not all(shape.known for shape in inputs) or not (inputs or is_input):
        return []
    try:
        sizes = [] if is_input or component.inner() else [component.growth(inputs)]
        return ["here:", _shapes(inputs, component.output_shape(inputs)), *map(told_size, sizes)]
    except (ShapeError, TapError):
        return []


def _shapes(inputs: Sequence[Shape], output: Given) -> str:
    return " → ".join(filter(None, (", ".join(map(str, inputs)), told_shapes(output))))


def _inside(view: View, spec: Spec, symbol: Symbol) -> list[str]:
    """About what is read from inside a backbone."""
    given = given_at(spec, Symbol("part", symbol.file, symbol.path[:-1]))
    found = None if given is None else view.part_at(given)
    if found is None:
        return []
    passed, part = found
    tap = passed.flow.taps.get(part.path, {}).get(symbol.name)
    return [] if tap is None else [_code(f"{part.path}.{tap.path}"), str(tap.shape)]


# ---- the language ----------------------------------------------------------------------------------------------------


def _kind(name: str) -> list[str]:
    kind = kinds()[name]
    return [_code(str(kind)), kind.summary, *(f"own rule: `{rule}`" for rule in kind.own_rules)]


def _argument(kind: str, name: str) -> list[str]:
    known = kinds().get(kind)
    argument = next((each for each in known.arguments if each.name == name), None) if known else None
    return [] if argument is None else [_code(str(argument)), f"{argument.words}; argument of {kind}"]


def _listed(what: str, names: Sequence[str]) -> list[str]:
    return [f"{what}: {', '.join(names)}"] if names else []


def _parameter(parameter: Parameter) -> str:
    return f"{parameter.name.text}={parameter.default.span.text}"


def _text(text: str) -> str:
    """A string of the spec on one line."""
    return json.dumps(text, ensure_ascii=False)


def _code(text: str) -> str:
    """A block of code that nothing in it can end."""
    longest = max(map(len, re.findall("`+", text)), default=0)
    fence = "`" * max(longest + 1, 3)
    return f"{fence}clspec\n{text}\n{fence}"
