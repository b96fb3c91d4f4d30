"""Warns of slices that pick nothing: out of range does nothing at run time, so nobody would hear of it there."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from clspec.analyses import Analysis
from clspec.analyses.program import PlannedRule
from clspec.analyses.streams import make_stream
from clspec.budgets import check_stream
from clspec.counting import CountedModel
from clspec.diagnostics import Diagnostic
from clspec.experience import Arrival, read_experience
from clspec.growth import Event, Moment, Part, Rule, sliced
from clspec.ir.spec import Stream


def check_slices(analysis: Analysis) -> Iterator[Diagnostic]:
    """A warning for each rule with an index that is out of range whenever the rule acts.

    Rules from the start are judged on the model as it is born, others over the streams that the spec declares.
    """
    rules = [planned for planned in analysis.plan.rules if any(each.single for each in planned.rule.slices)]
    streams = [stream for stream in analysis.spec.streams if rules and not check_stream(analysis, stream)]
    picks = {planned.rule.target: _picks_over(analysis, streams, planned) for planned in rules}
    for planned in rules:
        rule = planned.rule
        if rule.trigger.event == "start":
            born = _picked(CountedModel(analysis), rule)
            when = "" if born else "as the model is born"
        else:
            when = "over its streams" if picks[rule.target] is False else ""
        if when:
            message = f"{rule.target} is out of range {when}: the rule does nothing"
            help = "generations, columns and members are counted from 0, the newest is -1"
            yield Diagnostic("CL403", message, planned.span, help, severity="warning")


def _picks_over(analysis: Analysis, streams: Sequence[Stream], planned: PlannedRule) -> bool | None:
    """Whether a rule ever picks something; None where it never acts."""
    acted: list[bool] = []
    for stream in streams:
        model = CountedModel(analysis)
        target = planned.rule.target
        model.parts[target] = _Watched(model, model.parts[target], acted)
        for experience in make_stream(stream):
            model.adapt(experience, read_experience(experience))
            model.finish()
    return any(acted) if acted else None


class _Watched:
    """A target of rules that notes whether there was something to act on."""

    def __init__(self, model: CountedModel, part: Part, acted: list[bool]) -> None:
        self.model, self.part, self.acted = model, part, acted

    def new_to(self, event: Event, arrival: Arrival) -> bool:
        return self.part.new_to(event, arrival)

    def act(self, rule: Rule, moment: Moment | None) -> Sequence[str]:
        self.acted.append(_picked(self.model, rule))
        return self.part.act(rule, moment)


def _picked(model: CountedModel, rule: Rule) -> bool:
    leaf = model.leaves.get(rule.part)
    return leaf is None or bool(sliced(rule.part, leaf.series, rule.slices))
