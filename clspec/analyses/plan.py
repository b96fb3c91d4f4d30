"""Plans the adaptation: own rules in data-flow order, then written rules in text order, as rows for the engine."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass, field, fields, replace

from clspec.analyses.contradictions import find_contradictions, find_unfitted
from clspec.analyses.program import AdaptationPlan, Block, Flow, Part, PlannedRule, Wiring
from clspec.analyses.sizes import growing_parts
from clspec.components.base import Component
from clspec.components.forward_order import Stretch
from clspec.components.mistakes import ArgumentError, ShapeError, TapError
from clspec.diagnostics import Diagnostic, Findings, choices_help
from clspec.growth import Rule, Trigger, Verb
from clspec.ir.rules import Action, PathPart, Reference, WrittenRule
from clspec.ir.shapes import Shape
from clspec.source import Span

WHO_CAN = {
    "expand": "a head that grows can, such as incremental()",
    "branch": "per_task(...) and progressive() can",
    "observe": "a head that fits statistics can, such as nearest_mean()",
    "align": "a head of linear rows can: incremental()",
}
TYPICAL = {
    "reset": "when new_task", "expand": "when new_class", "branch": "when new_task",
    "observe": "after experience", "align": "after experience",
}  # fmt: skip
"""A trigger that each action often has."""
ANY_PART = ("freeze", "unfreeze", "reset")
"""What can be done to every part."""


def plan_adaptation(model: Block, wiring: Wiring, flow: Flow) -> tuple[AdaptationPlan, list[Diagnostic]]:
    """The plan of a model with everything nested in it; shapes say what is inside a backbone."""
    planner = _Planner(wiring, flow)
    planner.own(model)
    planner.written(model)
    judged = [*find_contradictions(planner.rules), *find_unfitted(planner.rules, model, wiring)]
    return AdaptationPlan(model.title, tuple(planner.rules)), [*planner.found, *judged]


@dataclass(frozen=True)
class _Target:
    """What a rule acts on: a part, or the submodule at the path `inside` a backbone."""

    part: Part
    inside: str = ""


@dataclass
class _Planner:
    wiring: Wiring
    flow: Flow
    rules: list[PlannedRule] = field(default_factory=list[PlannedRule])
    uses: tuple[Span, ...] = ()
    """Where the model whose rules are planned is used, innermost first."""
    found: Findings = field(default_factory=Findings)

    def own(self, block: Block) -> None:
        for name in self.wiring.order[block.path]:
            part = block.part(name)
            if part is None:
                continue
            if part.block is not None:
                self.own(part.block)
            elif part.component is not None:
                self._own_of(part, part.component)

    def _own_of(self, part: Part, component: Component) -> None:
        if self._known(part) and component.born_frozen(self.flow.inputs[part.path]):
            row = Rule(Trigger("start"), "freeze", part.path, own=True)
            self.rules.append(PlannedRule(row, f"{component.title()} is built frozen", part.places[0]))
        for path, growing in growing_parts(part.path, component):
            for rule in growing.own_rules():
                row = Rule(Trigger(rule.event, after=rule.after), rule.verb, path + rule.slices, own=True)
                kind = _kind_with(growing, rule.verb)
                place = part.inner_places.get(kind, part.places[0])
                self.rules.append(PlannedRule(row, f"own rule of {kind}()", place))

    def written(self, block: Block) -> None:
        """Rules in text order; those of a nested model stand where the model is used."""
        inside = [(part, part.block) for part in block.parts if part.block is not None and _has_rules(part.block)]
        for position in range(len(inside) + 1):
            for rule in block.rules:
                # What stands below a part that could not be made may count one more than there are.
                if rule.parts_above == position or (position == len(inside) and rule.parts_above > position):
                    for action in rule.actions:
                        self._action(block, rule, action)
            if position < len(inside):
                part, nested = inside[position]
                outer, self.uses = self.uses, (*part.use, *self.uses)
                self.written(nested)
                self.uses = outer

    def _action(self, block: Block, rule: WrittenRule, action: Action) -> None:
        trigger = Trigger("start")
        if rule.trigger is not None:
            written = rule.trigger
            trigger = Trigger(written.event, written.first, written.last, after=rule.timing == "after")
        for target in action.targets:
            found = self._target(block, target)
            if found is None or found.part.broken or not self._applies(found, action, target, trigger):
                continue
            until, since = (self._bound(found, action, bound) for bound in (action.until, action.since))
            if (until is None) != (action.until is None) or (since is None) != (action.since is None):
                continue
            slices = "".join(map(str, target.slices))
            text = _text(trigger, target, action)
            for path in self._reached(found, action.verb):
                for first, last in self._registered(found, since, until):
                    row = Rule(trigger, action.verb, path + slices, until=last, since=first)
                    # A stretch of what lies between in another order has only its full paths.
                    bounds = _bounds(action) if (first, last) == (since, until) else row.bounds
                    self.rules.append(PlannedRule(row, text, target.span, bounds))

    def _registered(self, target: _Target, since: str | None, until: str | None) -> tuple[Stretch, ...]:
        """The bounds in order of registration, which the engine follows, of what runs between two paths."""
        component = target.part.component
        if component is not None and (since or until):
            with suppress(TapError):
                return component.bounded(self.flow.inputs.get(target.part.path, ()), target.inside, since, until)
        return ((since, until),)

    def _bound(self, target: _Target, action: Action, bound: Reference | None) -> str | None:
        """The path inside what a rule acts on that `until` or `from` names; None where it is none."""
        if bound is None:
            return None
        if target.part.component is None:
            word = "until" if bound is action.until else "from"
            message = f'"{target.part.path}" has no inside that `{word}` could bound'
            self.found.report("CL403", message, bound.span, "name a part in it, and no bound")
            return None
        path = self._inside(target.part, target.inside, bound.path, bound.span)
        if path is None or not target.inside:
            return path
        if not path.startswith(f"{target.inside}."):
            self.found.report(
                "CL401", f'"{bound.path}" is not inside {target.inside}', bound.span, "name one inside it"
            )
            return None
        return path.removeprefix(f"{target.inside}.")

    def _inside(self, part: Part, above: str, path: str, span: Span) -> str | None:
        """The full path of a submodule of a part that a rule names; None where it is none, or nothing can be said."""
        inputs, component = self.flow.inputs.get(part.path, ()), part.component
        if component is None or not (self._known(part) or component.stages()):
            return None  # what its shapes lack is told elsewhere
        try:
            with suppress(TapError):
                if above:
                    return component.submodule(f"{above}.{path}", inputs)
            return component.submodule(path, inputs)
        except (ShapeError, ArgumentError):
            return None
        except TapError as error:
            message = error.message if error.help else f'"{path}" is nothing that a rule can reach inside {part.name}'
            help = error.help or "rules reach the parts of a backbone, and by slices such as [-1] what a part grew"
            self.found.append(Diagnostic("CL401", message, span, help).used_at(*self.uses))
            return None

    def _known(self, part: Part) -> bool:
        """Whether all is well with it: what it reads and gives is known."""
        output = self.flow.outputs.get(part.path)
        return isinstance(output, Shape) and output.known

    def _reached(self, target: _Target, verb: Verb) -> list[str]:
        """The paths that a rule acts on: the target's own, or those of the components that grow inside it."""
        part = target.part
        if target.inside:
            return [f"{part.path}.{target.inside}"] if verb in ANY_PART else []
        if part.component is None or verb in ANY_PART:
            return [part.path]
        return [path for path, growing in growing_parts(part.path, part.component) if verb in growing.can()]

    def _target(self, block: Block, target: Reference) -> _Target | None:
        """The part that a rule names, seen from its own scope, or what it names inside a backbone."""
        scope: Block | None = block
        part: Part | None = None
        for position, step in enumerate(target.parts):
            inner = None if part is None or part.component is None else part.component.inner().get(step.text)
            if part is not None and inner is not None:
                part = replace(part, path=f"{part.path}.{step.text}", name=step.text, component=inner)
                continue
            if scope is None:
                return None if part is None or part.broken else self._deep(part, target.parts[position:])
            part = scope.part(step.text)
            if part is None:
                known = [other.name for other in scope.parts if other.role != "input"]
                help = choices_help(step.text, known)
                self.found.report("CL401", f'"{step.text}" is no part of {scope.title}', step.span, help)
                return None
            scope = part.block
        return None if part is None else _Target(part)

    def _deep(self, part: Part, steps: tuple[PathPart, ...]) -> _Target | None:
        """What a path names that goes on into a component."""
        first, last = steps[0].span, steps[-1].span
        span = Span(first.source, first.start, last.end)
        path = self._inside(part, "", ".".join(step.text for step in steps), span)
        return None if path is None else _Target(part, path)

    def _applies(self, found: _Target, action: Action, target: Reference, trigger: Trigger) -> bool:
        part = found.part
        if part.role == "input":
            message = f'"{part.name}" is an input: there is nothing to {action.verb}'
            self.found.report("CL403", message, target.span)
        elif target.slices and not self._sliceable(found, action, target):
            return False
        elif action.verb not in ANY_PART and not self._reached_verbs(found, action.verb):
            help = self._who_can(found, action.verb, target)
            self.found.report("CL403", f'"{target.path}" cannot {action.verb}', target.span, help)
        elif trigger.event == "start" and action.verb not in ("freeze", "unfreeze"):
            help = f"write `{TYPICAL[action.verb]} {{ {action.verb} {target} }}`"
            self.found.report("CL403", f"`{action.verb}` needs a trigger", action.span, help)
        else:
            return True
        return False

    def _who_can(self, found: _Target, verb: Verb, target: Reference) -> str:
        part = found.part
        inside = [each for each in part.block.walk() if self._reached_verbs(_Target(each), verb)] if part.block else []
        if inside:
            names = ", ".join(target.path + each.path.removeprefix(part.path) for each in inside)
            return f"name what can, inside it: {names}"
        return f"only {WHO_CAN[verb]}"

    def _reached_verbs(self, target: _Target, verb: Verb) -> bool:
        return target.part.component is not None and bool(self._reached(target, verb))

    def _sliceable(self, found: _Target, action: Action, target: Reference) -> bool:
        """Whether a part has what its slices pick from: generations, columns, members and their generations."""
        part = found.part
        depth = 0 if part.component is None or found.inside else part.component.depth()
        slices = "".join(map(str, target.slices))
        if action.verb in ("expand", "branch"):
            self.found.report(
                "CL403", f"`{action.verb}` takes no slice", target.slices[0].span, f"write `{target.path}`"
            )
        elif len(target.slices) > depth:
            help = "slices pick from what a part grew: rows of a head, columns, members of a per-task part"
            message = f'"{part.name}" grows nothing that {slices} could pick from'
            self.found.report("CL403", message, target.slices[depth].span, help)
        elif action.verb in ("align", "observe") and len(target.slices) == depth:
            message = f"`{action.verb}` takes a head, not its generations"
            self.found.report("CL403", message, target.slices[-1].span, f"write `{target.path}`")
        else:
            return True
        return False


def _has_rules(block: Block) -> bool:
    return any(each.rules for each in block.blocks())


def _kind_with(component: Component, verb: str) -> str:
    """The kind that brings an own rule: of `per_task(incremental())`, `expand` comes with the inner one."""
    for each in fields(component):
        inner = getattr(component, each.name)
        if isinstance(inner, Component) and any(rule.verb == verb for rule in inner.own_rules()):
            return inner.kind
    return component.kind


def _bounds(written: Action) -> str:
    until, since = written.until, written.since
    return (f" until {until}" if until else "") + (f" from {since}" if since else "")


def _text(trigger: Trigger, target: Reference, written: Action) -> str:
    """A written rule in the language's own words."""
    action = f"{written.verb} {target}{_bounds(written)}"
    return action if trigger.event == "start" else f"{trigger} {{ {action} }}"
