"""Plans the adaptation: own rules in data-flow order, then written rules in text order, as rows for the engine."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from clspec.analyses.program import AdaptationPlan, Block, Part, PlannedRule, Wiring
from clspec.components.base import Component
from clspec.diagnostics import Diagnostic, Related, choices_help
from clspec.growth import Rule, Trigger
from clspec.ir.rules import Action, Reference, WrittenRule

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
    found: list[Diagnostic] = field(default_factory=list[Diagnostic])

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
            self.found.append(Diagnostic("CL901", f"`{action.verb}` in a rule is not yet supported", action.span))
            return
        if action.until is not None or action.since is not None:
            word = "until" if action.until is not None else "from"
            self.found.append(Diagnostic("CL901", f"`{action.verb} ... {word}` is not yet supported", action.span))
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
            self.found.append(Diagnostic("CL901", "a slice in a rule is not yet supported", target.span, f"name {target.path} as a whole"))
            return None
        scope: Block | None = block
        part: Part | None = None
        for step in target.parts:
            if scope is None:
                self.found.append(
                    Diagnostic("CL901", f"a rule on the inside of {part.path if part else ''} is not yet supported", target.span)
                )
                return None
            part = scope.part(step.text)
            if part is None:
                known = [other.name for other in scope.parts if other.role != "input"]
                self.found.append(
                    Diagnostic("CL401", f'"{step.text}" is no part of {scope.title}', step.span, choices_help(step.text, known))
                )
                return None
            scope = part.block
        return part

    def _applies(self, part: Part, action: Action, target: Reference, trigger: Trigger) -> bool:
        if part.role == "input":
            self.found.append(Diagnostic("CL403", f'"{part.name}" is an input: there is nothing to {action.verb}', target.span))
            return False
        if action.verb in ("freeze", "unfreeze"):
            return True
        grows = [] if part.component is None else [rule.verb for rule in _grown(part.component)]
        if action.verb not in grows:
            self.found.append(
                Diagnostic("CL403", f'"{part.name}" cannot {action.verb}', target.span, "only parts that grow can: " + ("a head such as incremental()" if action.verb == "expand" else "per_task(...)"))
            )
            return False
        if trigger.event == "start":
            self.found.append(Diagnostic("CL403", f"`{action.verb}` needs a trigger", action.span, f"write `when new_class {{ {action.verb} {target} }}`"))
            return False
        return True

    def contradictions(self) -> None:
        """A growth written again, and freeze against unfreeze of the same part at the same time."""
        for position, planned in enumerate(self.rules):
            if planned.rule.own:
                continue
            for earlier in self.rules[:position]:
                if (earlier.rule.target, earlier.rule.trigger) != (planned.rule.target, planned.rule.trigger):
                    continue
                if earlier.rule.own and earlier.rule.action == planned.rule.action:
                    self._contradiction(planned, earlier, f"{planned.rule.target} does this by itself: {earlier.text}", "write `auto=false` in the component to take its own rules away, or leave this rule out")
                elif {earlier.rule.action, planned.rule.action} == {"freeze", "unfreeze"}:
                    self._contradiction(planned, earlier, f"{planned.rule.target} is frozen and unfrozen at the same time", "keep one of the two")

    def _contradiction(self, planned: PlannedRule, earlier: PlannedRule, message: str, help: str) -> None:
        self.found.append(Diagnostic("CL402", message, planned.span, help, (Related("the other rule", earlier.span),)))


def _grown(component: Component) -> Sequence[object]:
    """The growth that a component could do by its own rules, `auto` or not."""
    return component.model_copy(update=_automatic(component)).own_rules()


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
