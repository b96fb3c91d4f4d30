"""Rules that cannot all be meant: growth written again, freezing against unfreezing, fitting what never runs."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from clspec.analyses.program import Block, PlannedRule, Wiring
from clspec.analyses.reach import running
from clspec.diagnostics import Diagnostic, Related
from clspec.growth import Rule, Verb

DONE_ONCE = ("branch", "expand", "observe")
"""What must not be done again beside an own rule that does it on the same trigger; freezing again changes nothing."""


def find_contradictions(rules: Sequence[PlannedRule]) -> Iterator[Diagnostic]:
    """A growth written again, and freeze against unfreeze of the same part at the same time."""
    alike: dict[tuple[object, ...], dict[Verb, PlannedRule]] = {}
    for planned in rules:
        # The first of each verb is enough: all others would say the same again.
        earlier = alike.setdefault(_reach(planned.rule), {})
        for each in () if planned.rule.own else earlier.values():
            yield from _compared(planned, each)
        earlier.setdefault(planned.rule.action, planned)


def find_unfitted(rules: Sequence[PlannedRule], model: Block, wiring: Wiring) -> Iterator[Diagnostic]:
    """Heads that rules fit on data, which the model never hands to them in eval mode, in which they are fitted."""
    reached = {part.path for part in running(model, wiring, "eval") if part.block is None}
    for planned in rules:
        steps = planned.rule.part.split(".")
        outer = (".".join(steps[:depth]) for depth in range(1, len(steps) + 1))
        if planned.rule.action == "observe" and reached.isdisjoint(outer):
            message = f"{planned.rule.part} is fitted in eval mode, in which nothing reads it"
            yield Diagnostic("CL403", message, planned.span, "let it be an output there")


def _compared(planned: PlannedRule, earlier: PlannedRule) -> Iterator[Diagnostic]:
    rule, others = planned.rule, (Related("the other rule", earlier.span),)
    if earlier.rule.own and earlier.rule.action == rule.action and rule.action in DONE_ONCE:
        message = f"{rule.target} does this by itself: {earlier.text}"
        help = "write `auto=false` in the component to take its own rules away, or leave this rule out"
        yield Diagnostic("CL402", message, planned.span, help, others)
    elif earlier.rule.own and rule.trigger.event == "start":
        return  # what is built frozen may be told to train
    elif {earlier.rule.action, rule.action} == {"freeze", "unfreeze"}:
        message = f"{rule.target} is frozen and unfrozen at the same time"
        yield Diagnostic("CL402", message, planned.span, "keep one of the two", others)


def _reach(rule: Rule) -> tuple[object, ...]:
    """What a rule acts on, and when."""
    return rule.target, rule.trigger, rule.until, rule.since
