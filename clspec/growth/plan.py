"""Rules as data: when, what, on which part, and what of it they reach."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from clspec.growth.slices import Series, Slice, parse_slices, sliced
from clspec.growth.stages import Tree, between, find_inside

Event = Literal["start", "new_class", "new_task", "experience"]
Verb = Literal["freeze", "unfreeze", "reset", "expand", "branch", "observe", "align"]


@dataclass(frozen=True)
class Trigger:
    """When a rule fires. `first` to `last` (included; None: no end) count experiences from 0; `after`: at its end."""

    event: Event
    first: int = 0
    last: int | None = None
    after: bool = False

    def __str__(self) -> str:
        if self.event == "start":
            return "from the start"
        words = self.event
        if self.event == "experience" and (self.first, self.last) != (0, None):
            words += (
                f" {self.first}"
                if self.first == self.last
                else f" {self.first}..{'' if self.last is None else self.last}"
            )
        return f"{'after' if self.after else 'when'} {words}"


class on:
    """The triggers, as generated code spells them: `on.new_class`, `on.experience(2)`, `on.after(on.new_task)`."""

    start = Trigger("start")
    new_class = Trigger("new_class")
    new_task = Trigger("new_task")

    @staticmethod
    def experience(first: int = 0, last: int | None = None) -> Trigger:
        """Every experience from number `first` to number `last`, both included; `last=None`: without end."""
        return Trigger("experience", first, last)

    @staticmethod
    def after(trigger: Trigger) -> Trigger:
        """The same trigger, acting once training on that experience has ended."""
        return Trigger(trigger.event, trigger.first, trigger.last, after=True)


@dataclass(frozen=True)
class Rule:
    """One row of a plan: when, what, on which part (its dotted path in the model; "" is the model itself).

    A target may end in slices of what the part grew: `head[:-1]`, `heads[0][-1]`; they act on what exists then.
    `until` and `since` bound a freeze or unfreeze inside a backbone, both ends included: a path in the part, or the end
    of one. `own` marks a rule that came with a component: its `new_class` and `new_task` mean new to that part, a
    written rule's mean new to the model.
    """

    trigger: Trigger
    action: Verb
    target: str
    until: str | None = None
    since: str | None = None
    own: bool = False

    @property
    def part(self) -> str:
        """The path of the part, without slices."""
        return self.target.partition("[")[0]

    @property
    def named(self) -> str:
        """The target as reports name it."""
        return self.target if self.part else f"self{self.target}"

    @property
    def slices(self) -> tuple[Slice, ...]:
        return parse_slices(self.target)

    @property
    def bounds(self) -> str:
        """` until stage2`, ` from stage3`, or nothing."""
        since = f" from {self.since}" if self.since else ""
        return since + (f" until {self.until}" if self.until else "")

    def __str__(self) -> str:
        return f"{self.trigger}: {self.action} {self.named}{self.bounds}"


def reached(rule: Rule, series: Series | None, tree: Tree) -> list[str]:
    """The paths that a freeze or unfreeze acts on now, each standing for all inside it.

    `series` is what the part has grown, `tree` what is inside it; the tree is read only where the rule has bounds.
    """
    if not (rule.since or rule.until):
        return sliced(rule.part, series, rule.slices)
    since, until = (wanted and find_inside(tree, wanted) for wanted in (rule.since, rule.until))
    return [f"{rule.part}.{path}".strip(".") for path in between(tree, since, until)]


def holding_words(rule: Rule) -> str:
    """What a freeze or an unfreeze that changed something is called in reports."""
    return ("frozen" if rule.action == "freeze" else "trains again") + rule.bounds
