"""Runs a plan on parts, whoever holds them: which rules fire, in what order."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Protocol

from clspec.experience import Arrival
from clspec.growth.plan import Event, Rule
from clspec.growth.timeline import Moment, Timeline


class Part(Protocol):
    """What the engine asks of a part, whoever holds it: a torch module, or the forecast's counts.

    Every action returns its changes in words, without the part's name; () where nothing changed.
    """

    def new_to(self, event: Event, arrival: Arrival) -> bool:
        """Whether the experience brings a class (`new_class`) or a task (`new_task`) that this part has not met."""
        ...

    def act(self, rule: Rule, moment: Moment | None) -> Sequence[str]:
        """Does `rule.action`; `moment` is None at the start, before any experience."""
        ...


def firing(plan: Sequence[Rule], parts: Mapping[str, Part], moment: Moment, *, after: bool) -> list[tuple[int, Rule]]:
    """The rules that this moment sets off, in order, with their positions in the plan.

    Asked before anything grows: `when new_task { branch self; freeze self[:-1] }` does both.
    """
    fired: list[tuple[int, Rule]] = []
    for position, rule in enumerate(plan):
        trigger = rule.trigger
        if trigger.after != after or trigger.event == "start":
            continue
        if trigger.event == "experience":
            fires = trigger.first <= moment.number and (trigger.last is None or moment.number <= trigger.last)
        elif rule.own:
            fires = parts[rule.target].new_to(trigger.event, moment.arrival)
        else:
            fires = moment.new_classes if trigger.event == "new_class" else moment.new_tasks
        if fires:
            fired.append((position, rule))
    return fired


def perform(rule: Rule, parts: Mapping[str, Part], moment: Moment | None) -> list[str]:
    """Does one rule and returns its changes, each led by the part's path."""
    return [f"{rule.named}: {words}" for words in parts[rule.target].act(rule, moment)]


def start(plan: Sequence[Rule], parts: Mapping[str, Part]) -> list[str]:
    """The rules without a trigger: they hold from the start."""
    return [words for rule in plan if rule.trigger.event == "start" for words in perform(rule, parts, None)]


def adapt(plan: Sequence[Rule], parts: Mapping[str, Part], timeline: Timeline, moment: Moment) -> list[str]:
    """One training adaptation: `after` rules left over from the last experience, then this one's rules.

    Returns the changes in words, in the order they were made, and remembers the experience in `timeline`.
    """
    changes = finish(plan, parts, timeline)
    pending = [position for position, _ in firing(plan, parts, moment, after=True)]
    for _, rule in firing(plan, parts, moment, after=False):
        changes += perform(rule, parts, moment)
    timeline.remember(moment)
    timeline.pending = pending
    return changes


def finish(plan: Sequence[Rule], parts: Mapping[str, Part], timeline: Timeline) -> list[str]:
    """Runs the `after` rules that wait, once, and returns their changes in words."""
    if timeline.last is None or not timeline.pending:
        return []
    moment = Moment(timeline.experience or 0, timeline.last, new_classes=False, new_tasks=False, timeline=timeline)
    waiting, timeline.pending = timeline.pending, []
    return [words for position in waiting for words in perform(plan[position], parts, moment)]
