"""From what the analyses know of a model to what a diagram shows."""

from __future__ import annotations

from clspec.analyses import Analysis
from clspec.analyses.program import Block, Part, PlannedRule
from clspec.diagrams.scene import Arrow, Box, RuleLine, Scene
from clspec.growth import Trigger
from clspec.ir.shapes import Shape
from clspec.source import file_name


def make_scene(analysis: Analysis) -> Scene:
    """The boxes, arrows and rules of a checked model."""
    rules = tuple(_rule_line(number, planned) for number, planned in enumerate(analysis.plan.rules, 1))
    return Scene(
        analysis.model.title,
        file_name(analysis.spec.file),
        " ".join(analysis.model.doc.split()),
        _boxes(analysis, analysis.model),
        tuple(_arrows(analysis)),
        rules,
    )


def _boxes(analysis: Analysis, block: Block) -> tuple[Box, ...]:
    parts = [block.part(name) for name in analysis.wiring.order[block.path]]
    # A nested model's inputs only pass on what it reads: arrows go straight through them.
    shown = [part for part in parts if part is not None and not (part.role == "input" and block.path)]
    return tuple(_box(analysis, part) for part in shown)


def _box(analysis: Analysis, part: Part) -> Box:
    reached = tuple(number for number, planned in enumerate(analysis.plan.rules, 1) if planned.rule.target == part.path)
    common = {"path": part.path, "name": part.name, "line": part.span.line, "rules": reached}
    if part.block is not None:
        title = "group" if part.block.kind == "group" else part.block.title
        role = "group" if part.block.kind == "group" else "model"
        return Box(role=role, title=title, children=_boxes(analysis, part.block), **common)
    component = part.component
    if component is None:
        return Box(role="neck", title="", **common)
    inputs, output = analysis.flow.inputs[part.path], analysis.flow.outputs[part.path]
    details: tuple[str, ...] = ()
    if part.role != "input" and isinstance(output, Shape):
        details = component.details(inputs, output)
    elif part.role == "input":
        details = (str(output),)
    width_in = inputs[0].sizes[0] if part.role == "head" and inputs and inputs[0].sizes else None
    return Box(
        role="head" if part.role == "head" else "input" if part.role == "input" else part.role if part.role == "backbone" else "neck",
        title=component.title(), details=details, width_in=width_in, per_task=component.needs_task_labels, **common,
    )  # fmt: skip


def _arrows(analysis: Analysis) -> list[Arrow]:
    arrows: list[Arrow] = []
    for block in analysis.model.blocks():
        for part in block.parts:
            if part.role == "input" or part.block is not None:
                continue
            for link, shape in zip(analysis.wiring.sources[part.path], analysis.flow.inputs[part.path], strict=True):
                arrows += [Arrow(source, part.path, str(shape)) for source in _givers(analysis, block, link.name)]
    for name in analysis.wiring.outputs[""]:
        for giver in _givers(analysis, analysis.model, name):
            given = analysis.flow.outputs[giver]
            arrows.append(Arrow(giver, "", str(given) if isinstance(given, Shape) else "logits"))
    return arrows


def _givers(analysis: Analysis, block: Block, name: str) -> list[str]:
    """The leaf parts whose answer a name in a scope stands for: through groups, and out of a nested scope's inputs."""
    part = block.part(name)
    if part is not None and part.role == "input" and not block.path:
        return [part.path]
    if part is not None and part.role != "input":
        if part.block is None:
            return [part.path]
        return [giver for inner in analysis.wiring.outputs[part.path] for giver in _givers(analysis, part.block, inner)]
    parent, user = _user_of(analysis.model, block)
    position = analysis.wiring.inputs[block.path].index(name)
    return _givers(analysis, parent, analysis.wiring.sources[user.path][position].name)


def _user_of(root: Block, block: Block) -> tuple[Block, Part]:
    """The scope in which a block stands, and the part that it is there."""
    return next((outer, part) for outer in root.blocks() for part in outer.parts if part.block is block)


def _rule_line(number: int, planned: PlannedRule) -> RuleLine:
    rule = planned.rule
    return RuleLine(number, _when(rule.trigger), f"{rule.action} {rule.target}", rule.own, planned.span.line)


def _when(trigger: Trigger) -> str:
    """A trigger in a reader's words."""
    if trigger.event == "start":
        return "from the start"
    lead = "after training" if trigger.after else "when"
    if trigger.event == "experience":
        span = (
            "every experience"
            if (trigger.first, trigger.last) == (0, None)
            else f"experience {trigger.first}"
            if trigger.first == trigger.last
            else f"experience {trigger.first} and later"
            if trigger.last is None
            else f"experiences {trigger.first} to {trigger.last}"
        )
        return f"after {span}" if trigger.after else f"before {span}"
    noun = "new classes" if trigger.event == "new_class" else "a new task"
    return f"{lead} on {noun}" if trigger.after else f"{lead} {noun} arrive{'s' if trigger.event == 'new_task' else ''}"
