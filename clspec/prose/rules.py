"""What a model does when experiences arrive, in sentences: what grows, what stands still, what starts over."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import groupby

from clspec.analyses import Analysis
from clspec.analyses.program import PlannedRule
from clspec.components.growing import ColumnGrowth, Growth, MemberGrowth
from clspec.growth import Trigger
from clspec.prose.wording import listed, sentence

GROWING = ("expand", "branch", "observe", "align")
HOLDING = ("freeze", "unfreeze")
_SLICES = {
    "[:-1]": "all of {part} but its newest {unit}",
    "[-1]": "the newest {unit} of {part}",
    "[0]": "the first {unit} of {part}",
    "[:]": "all there is of {part}",
}


@dataclass(frozen=True)
class _Clause:
    """When what happens to which part; `one` is said of one part, `many` of several."""

    when: str
    subject: str
    one: str
    many: str


def what_grows(analysis: Analysis) -> str:
    """A paragraph on what is added and fitted."""
    rules = [planned for planned in analysis.plan.rules if _of_growth(planned, analysis)]
    if not rules:
        return "Nothing grows: it stays as it is built, whatever classes and tasks arrive."
    clauses = [_clause(planned, analysis) for planned in rules]
    first = [(clause.when, clause.one) for clause in clauses]
    # What grows grows by itself: parts that do so alike are told together, in whatever order their rules act.
    return " ".join(_sentences(sorted(clauses, key=lambda clause: first.index((clause.when, clause.one)))))


def what_stands_still(analysis: Analysis) -> str:
    """A paragraph on what is frozen and thawed, and on what starts over."""
    rules = [planned for planned in analysis.plan.rules if not _of_growth(planned, analysis)]
    said = list(_sentences([_clause(planned, analysis) for planned in rules]))
    if not any(planned.rule.action in HOLDING for planned in rules):
        said.insert(0, "Nothing is frozen: all of it trains all the time.")
    return " ".join(said)


def _of_growth(planned: PlannedRule, analysis: Analysis) -> bool:
    """What adds or fits something, and what is reset just before it is fitted."""
    rule = planned.rule
    fitting = replace(rule, action="observe", own=False)
    return rule.action in GROWING or (
        rule.action == "reset" and fitting in [replace(each.rule, own=False) for each in analysis.plan.rules]
    )


def _sentences(clauses: Sequence[_Clause]) -> Iterator[str]:
    """The clauses in order; neighbours that say the same of several parts, or more of the same, are one sentence."""
    told: list[tuple[str, list[str], list[str]]] = []
    for (when, one, many), some in groupby(clauses, key=lambda clause: (clause.when, clause.one, clause.many)):
        subjects = list(dict.fromkeys(clause.subject for clause in some))
        words = one if len(subjects) == 1 else many
        if told and told[-1][:2] == (when, subjects):
            told[-1][2].append(words)
        else:
            told.append((when, subjects, [words]))
    for when, subjects, words in told:
        said = f"{listed(subjects)} {' and '.join(words)}"
        # A name keeps its own spelling, so a sentence does not begin with one.
        yield sentence(f"{when}, {said}" if when else f"the part{'s' * (len(subjects) > 1)} {said}")


def _clause(planned: PlannedRule, analysis: Analysis) -> _Clause:
    rule = planned.rule
    when, subject, growth = _when(rule.trigger), _subject(planned, analysis), analysis.sizes.get(rule.part)
    unit = _unit(growth)
    match rule.action:
        case "expand" if rule.own and isinstance(growth, MemberGrowth):
            words = "gains rows for every new class, in the member of its task"
            return _Clause("", subject, words, words.replace("gains", "gain", 1))
        case "expand" if rule.own:
            return _Clause(
                "", subject, "gains a row for every class that is new to it",
                "each gain a row for every class that is new to them",
            )  # fmt: skip
        case "expand":
            return _Clause(when, subject, "gains rows for the classes that come", "gain rows for the classes that come")
        case "branch" if rule.own:
            more = ", which reads those before it" if unit == "column" else ""
            return _Clause(
                "", subject, f"gains a {unit} for every new task{more}", f"each gain a {unit} for every new task{more}"
            )
        case "branch":
            return _Clause(when, subject, f"gains a {unit}", f"each gain a {unit}")
        case "observe":
            return _Clause(when, subject, "is fitted to what was learnt", "are fitted to what was learnt")
        case "align":
            words = "has its newest rows scaled to the older ones"
            return _Clause(when, subject, words, "have their newest rows scaled to the older ones")
        case "freeze":
            return _Clause(when, subject, "is frozen", "are frozen")
        case "unfreeze":
            return _Clause(when, subject, "trains again", "train again")
        case "reset" if _of_growth(planned, analysis):
            return _Clause(when, subject, "starts over", "start over")
        case "reset":
            return _Clause(when, subject, "starts over with fresh weights", "start over with fresh weights")


def _subject(planned: PlannedRule, analysis: Analysis) -> str:
    rule = planned.rule
    part, slices = rule.part or "the whole model", rule.target.removeprefix(rule.part)
    unit = _unit(analysis.sizes.get(rule.part))
    subject = _SLICES[slices].format(part=part, unit=unit) if slices in _SLICES else part + slices
    return subject + (planned.bounds or rule.bounds).replace(" until ", " up to ")


def _unit(growth: Growth | None) -> str:
    """What a part gains at each growth."""
    if isinstance(growth, ColumnGrowth):
        return "column"
    return "member" if isinstance(growth, MemberGrowth) else "generation"


def _when(trigger: Trigger) -> str:
    if trigger.event == "start":
        return "from the start"
    if trigger.event == "experience":
        several = trigger.last is not None and trigger.first != trigger.last
        when = _experiences(trigger)
        return f"after {when}" if trigger.after else f"as {when} begin{'s' * (not several)}"
    arriving = "new classes" if trigger.event == "new_class" else "a new task"
    return (
        f"after training on {arriving}" if trigger.after else f"when {arriving} arrive{'s' * arriving.startswith('a ')}"
    )


def _experiences(trigger: Trigger) -> str:
    if (trigger.first, trigger.last) == (0, None):
        return "every experience"
    if trigger.last is None:
        return f"experience {trigger.first} and every later one"
    if trigger.first == trigger.last:
        return f"experience {trigger.first}"
    return f"experiences {trigger.first} to {trigger.last}"
