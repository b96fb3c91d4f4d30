"""Plans the adaptation: own rules in data-flow order, then written rules in text order, as rows for the engine."""

from __future__ import annotations

from dataclasses import dataclass, field

from clspec.analyses.program import AdaptationPlan, Block, Part, PlannedRule, Wiring
from clspec.components.base import Component, OwnRule
from clspec.diagnostics import Diagnostic, Findings, Related, choices_help
from clspec.growth import Rule, Trigger, Verb
from clspec.ir.rules import Action, Reference, WrittenRule

WHO_GROWS = {"expand": "a head such as incremental()", "branch": "per_task(...)"}
BUILT = ("freeze", "unfreeze", "expand", "branch")
"""Actions of written rules that this version carries out."""


def plan_adaptation(model: Block, wiring: Wiring) -> tuple[AdaptationPlan, list[Diagnostic]]:
    """The plan of a model with everything nested in it."""
    planner = _Planner(wiring)
    planner.own(model)
    planner.written(model)
    planner.contradictions()
    return AdaptationPlan(model.title, tuple(planner.rules)), planner.found


@dataclass
class _Planner:
    wiring: Wiring
    rules: list[PlannedRule] = field(default_factory=list[PlannedRule])
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
        for rule in component.own_rules():
            row = Rule(Trigger(rule.event, after=rule.after), rule.verb, part.path, own=True)
            self.rules.append(PlannedRule(row, f"own rule of {_kind_with(component, rule.verb)}()", part.places[0]))

    def written(self, block: Block) -> None:
        """Rules in text order; those of a nested model stand where the model is used."""
        items: list[tuple[int, WrittenRule | Block]] = [(rule.span.start, rule) for rule in block.rules]
        items += [(part.span.start, part.block) for part in block.parts if part.block is not None]
        for _, item in sorted(items, key=lambda pair: pair[0]):
            if isinstance(item, Block):
                self.written(item)
            else:
                for action in item.actions:
                    self._action(block, item, action)

    def _action(self, block: Block, rule: WrittenRule, action: Action) -> None:
        trigger = Trigger("start")
        if rule.trigger is not None:
            written = rule.trigger
            trigger = Trigger(written.event, written.first, written.last, after=rule.timing == "after")
        if action.verb not in BUILT:
            self.found.not_yet(f"`{action.verb}` in a rule", action.span)
            return
        if action.until is not None or action.since is not None:
            word = "until" if action.until is not None else "from"
            self.found.not_yet(f"`{action.verb} ... {word}`", action.span)
            return
        for target in action.targets:
            part = self._target(block, target)
            if part is None or part.broken or not self._applies(part, action, target, trigger):
                continue
            row = Rule(trigger, action.verb, part.path)
            self.rules.append(PlannedRule(row, _text(row, target), target.span))

    def _target(self, block: Block, target: Reference) -> Part | None:
        """The part that a rule names, seen from its own scope."""
        if target.slices:
            self.found.not_yet("a slice in a rule", target.span, f"name {target.path} as a whole")
            return None
        scope: Block | None = block
        part: Part | None = None
        for step in target.parts:
            if scope is None:
                self._unknown_inside(part, target)
                return None
            part = scope.part(step.text)
            if part is None:
                known = [other.name for other in scope.parts if other.role != "input"]
                help = choices_help(step.text, known)
                self.found.report("CL401", f'"{step.text}" is no part of {scope.title}', step.span, help)
                return None
            scope = part.block
        return part

    def _unknown_inside(self, part: Part | None, target: Reference) -> None:
        """A path that goes on where a component has no parts of its own, or where the part could not be made."""
        if part is not None and not part.broken:
            self.found.not_yet(f"a rule on the inside of {part.path}", target.span)

    def _applies(self, part: Part, action: Action, target: Reference, trigger: Trigger) -> bool:
        if part.role == "input":
            message = f'"{part.name}" is an input: there is nothing to {action.verb}'
            self.found.report("CL403", message, target.span)
        elif action.verb in ("freeze", "unfreeze"):
            return True
        elif action.verb not in _growth(part.component):
            help = f"only parts that grow can: {WHO_GROWS[action.verb]}"
            self.found.report("CL403", f'"{part.name}" cannot {action.verb}', target.span, help)
        elif trigger.event == "start":
            help = f"write `when new_class {{ {action.verb} {target} }}`"
            self.found.report("CL403", f"`{action.verb}` needs a trigger", action.span, help)
        else:
            return True
        return False

    def contradictions(self) -> None:
        """A growth written again, and freeze against unfreeze of the same part at the same time."""
        for position, planned in enumerate(self.rules):
            for earlier in self.rules[:position]:
                same = (earlier.rule.target, earlier.rule.trigger) == (planned.rule.target, planned.rule.trigger)
                if same and not planned.rule.own:
                    self._compare(planned, earlier)

    def _compare(self, planned: PlannedRule, earlier: PlannedRule) -> None:
        rule, other = planned.rule, Related("the other rule", earlier.span)
        if earlier.rule.own and earlier.rule.action == rule.action:
            message = f"{rule.target} does this by itself: {earlier.text}"
            help = "write `auto=false` in the component to take its own rules away, or leave this rule out"
            self.found.report("CL402", message, planned.span, help, other)
        elif {earlier.rule.action, rule.action} == {"freeze", "unfreeze"}:
            message = f"{rule.target} is frozen and unfrozen at the same time"
            self.found.report("CL402", message, planned.span, "keep one of the two", other)


def _growth(component: Component | None) -> list[Verb]:
    """What a component could do by its own rules, `auto` or not."""
    if component is None:
        return []
    rules: tuple[OwnRule, ...] = component.model_copy(update=_automatic(component)).own_rules()
    return [rule.verb for rule in rules]


def _automatic(component: Component) -> dict[str, object]:
    """Sets `auto` on a component and on the one it wraps."""
    updates: dict[str, object] = {}
    for name in type(component).model_fields:
        value = getattr(component, name)
        if name == "auto":
            updates[name] = True
        elif isinstance(value, Component):
            updates[name] = value.model_copy(update=_automatic(value))
    return updates


def _kind_with(component: Component, verb: str) -> str:
    """The kind that brings an own rule: of `per_task(incremental())`, `expand` comes with the inner one."""
    for name in type(component).model_fields:
        inner = getattr(component, name)
        if isinstance(inner, Component) and any(rule.verb == verb for rule in inner.own_rules()):
            return inner.kind
    return component.kind


def _text(rule: Rule, target: Reference) -> str:
    """A written rule in the language's own words."""
    action = f"{rule.action} {target}"
    return action if rule.trigger.event == "start" else f"{rule.trigger} {{ {action} }}"
