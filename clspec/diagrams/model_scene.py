"""From what the analyses know of a model to what a diagram shows."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from clspec.analyses import Analysis
from clspec.analyses.givers import answers_of, leaves_of, reads_of
from clspec.analyses.program import Block, Part, PlannedRule
from clspec.analyses.sizes import growing_parts
from clspec.components.base import Component
from clspec.components.growing import ColumnGrowth
from clspec.components.per_task import PerTask
from clspec.components.statistics import StatisticsHead
from clspec.diagrams.places import Places
from clspec.diagrams.scene import Arrow, Box, RuleLine, Scene
from clspec.growth import Trigger
from clspec.ir.shapes import Shape
from clspec.source import file_name


def make_scene(analysis: Analysis) -> Scene:
    """The boxes, arrows and rules of a checked model."""
    model, places = analysis.model, Places(analysis.spec)
    return Scene(
        model.title,
        file_name(analysis.spec.file),
        " ".join(model.doc.split()),
        _boxes(analysis, model, places),
        tuple(_arrows(analysis)),
        tuple(_rule_line(number, planned, places) for number, planned in enumerate(analysis.plan.rules, 1)),
        places.texts,
    )


def _boxes(analysis: Analysis, block: Block, places: Places) -> tuple[Box, ...]:
    parts = [block.part(name) for name in analysis.wiring.order[block.path]]
    # A nested model's inputs only pass on what it reads: arrows go straight through them.
    return tuple(
        _placed(_box(analysis, part, places), part, places)
        for part in parts
        if part is not None and not (part.role == "input" and block.path)
    )


def _box(analysis: Analysis, part: Part, places: Places) -> Box:
    rules, component = _rules(analysis, part.path), part.component
    if part.block is not None:
        is_group = part.block.kind == "group"
        return Box(
            part.path,
            part.name,
            "group" if is_group else "model",
            "group" if is_group else part.block.title,
            line=part.span.line,
            children=_boxes(analysis, part.block, places),
            rules=rules,
            shape=_shape(analysis, part),
        )
    if component is None:
        raise ValueError(f"{part.path} has neither a component nor contents: the model was not checked")
    inputs, output = analysis.flow.inputs[part.path], analysis.flow.outputs[part.path]
    if part.role == "input" or not isinstance(output, Shape):
        return Box(part.path, part.name, part.role, component.title(), (str(output),), part.span.line, rules=rules)
    whole = _component_box(analysis, part, part.path, component, output)
    inner = [
        _placed(_component_box(analysis, part, path, each, each.output_shape(inputs)), part, places)
        for path, each in growing_parts(part.path, component)
        if path != part.path
    ]
    # What is drawn around others leaves it to them to say what they are.
    return replace(whole, title=part.role, details=(), children=tuple(inner)) if inner else whole


def _placed(box: Box, part: Part, places: Places) -> Box:
    """The box with the file that its part is written in, and where it ends there."""
    return replace(box, file=places.file(part.span), end=places.end(part.span))


def _component_box(analysis: Analysis, part: Part, path: str, component: Component, output: Shape) -> Box:
    """The box of a part's component, or of one that adapts inside it."""
    inputs, growth = analysis.flow.inputs[part.path], analysis.sizes.get(path)
    return Box(
        path,
        path.rpartition(".")[2],
        part.role,
        component.title(),
        component.details(inputs, output),
        part.span.line,
        rules=_rules(analysis, path),
        width_in=inputs[0].sizes[0] if part.role == "head" and inputs[0].sizes else None,
        per_task=component.needs_task_labels,
        columns=isinstance(growth, ColumnGrowth),
        fits=_fits(component),
        shape=str(output),
    )


def _shape(analysis: Analysis, part: Part) -> str:
    """What a part gives; "" where it gives several answers."""
    given = analysis.flow.outputs.get(part.path)
    return str(given) if isinstance(given, Shape) else ""


def _fits(component: Component) -> bool:
    return isinstance(component.of if isinstance(component, PerTask) else component, StatisticsHead)


def _rules(analysis: Analysis, path: str) -> tuple[int, ...]:
    """The numbers of the rules whose target is this part, slices of it, or the inside of it that no diagram shows."""

    def holds(part: str) -> bool:
        return part == path or (path in analysis.sizes and part.startswith(f"{path}.") and part not in analysis.sizes)

    return tuple(number for number, planned in enumerate(analysis.plan.rules, 1) if path and holds(planned.rule.part))


def _arrows(analysis: Analysis) -> Iterator[Arrow]:
    for block in analysis.model.blocks():
        for part in block.parts:
            if part.role == "input" or part.block is not None:
                continue
            for reads, shape in zip(reads_of(analysis, block, part), analysis.flow.inputs[part.path], strict=True):
                for read in reads:
                    for target in leaves_of(part):
                        yield Arrow(read.giver, target, f"{read.written} · {shape}" if read.tap else str(shape))
    answers = answers_of(analysis)
    for answer in answers:
        given = analysis.flow.outputs[answer.part.path]
        mode = f" in {answer.mode}" if answer.mode else ""
        for giver in leaves_of(answer.part):
            yield Arrow(giver, "", str(given), f"{answer.key}{mode}" if len(answers) > 1 else "")


def _rule_line(number: int, planned: PlannedRule, places: Places) -> RuleLine:
    rule, place = planned.rule, planned.span
    action = f"{rule.action} {rule.target}{planned.bounds}"
    return RuleLine(number, _when(rule.trigger), action, rule.own, place.line, places.file(place))


def _when(trigger: Trigger) -> str:
    """A trigger in a reader's words."""
    if trigger.event == "start":
        return "from the start"
    if trigger.event == "experience":
        return f"{'after' if trigger.after else 'before'} {_experiences(trigger)}"
    arrives = "new classes arrive" if trigger.event == "new_class" else "a new task arrives"
    return f"after training, where {arrives}" if trigger.after else f"when {arrives}"


def _experiences(trigger: Trigger) -> str:
    if (trigger.first, trigger.last) == (0, None):
        return "every experience"
    if trigger.last is None:
        return f"experience {trigger.first} and later"
    if trigger.first == trigger.last:
        return f"experience {trigger.first}"
    return f"experiences {trigger.first} to {trigger.last}"
