"""What changed of rules, answers, streams and budgets."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from clspec.analyses import Analysis
from clspec.analyses.program import Limit, PlannedRule
from clspec.analyses.streams import arguments_of_stream
from clspec.comparison.answers import Pair
from clspec.comparison.calls import spell
from clspec.comparison.changes import Entry
from clspec.comparison.facts import Fact, differing
from clspec.comparison.matching import Matching
from clspec.growth import Rule


def rules_changed(old: Analysis, new: Analysis, matching: Matching) -> Iterator[Entry]:
    """Rules of the plan that came, went, or act at another place in the order; the targets are called as in NEW."""
    before = [matching.renamed(planned.rule) for planned in old.plan.rules]
    after = [planned.rule for planned in new.plan.rules]
    said = [_words(planned, rule) for planned, rule in zip(old.plan.rules, before, strict=True)]
    told = [_words(planned, rule) for planned, rule in zip(new.plan.rules, after, strict=True)]
    kept = _in_both(before, after)
    gone = [number for number in range(len(before)) if number not in kept]
    come = [number for number in range(len(after)) if number not in kept.values()]
    for number in gone:
        later = next((each for each in come if after[each] == before[number]), None)
        if later is None:
            yield Entry("removed", said[number])
        else:
            come.remove(later)
            yield Entry("moved", said[number], (Fact("rule", number + 1, later + 1),))
    yield from (Entry("added", told[number]) for number in come)


def _words(planned: PlannedRule, rule: Rule) -> str:
    """A rule with its bounds as the spec writes them."""
    words = str(rule).removesuffix(rule.bounds) + (planned.bounds or rule.bounds)
    return f"{words}, its own rule" if rule.own else words


def _in_both(before: Sequence[Rule], after: Sequence[Rule]) -> dict[int, int]:
    """The positions of rules that are in both, in the same order."""
    from difflib import SequenceMatcher

    blocks = SequenceMatcher(None, before, after, autojunk=False).get_matching_blocks()
    return {block.a + step: block.b + step for block in blocks for step in range(block.size)}


def outputs_changed(pairs: Sequence[Pair], matching: Matching) -> Iterator[Entry]:
    """Answers that came or went, that another part gives, or that are returned elsewhere."""
    for old, new in pairs:
        if old is not None and new is not None:
            facts = differing("returned", old.words, new.words)
            if matching.moved(old.part.path) != new.part.path:
                facts += differing("given by", old.part.path, new.part.path)
            if facts:
                yield Entry("changed", new.name, tuple(facts))
        elif old is not None:
            yield Entry("removed", old.name)
        elif new is not None:
            yield Entry("added", new.name)


def streams_changed(old: Analysis, new: Analysis) -> Iterator[Entry]:
    """Streams that came, went or are made otherwise."""
    before, after = ({each.name.text: arguments_of_stream(each) for each in side.spec.streams} for side in (old, new))
    for name in dict.fromkeys([*before, *after]):
        if name not in after or name not in before:
            yield Entry("removed" if name in before else "added", name)
        elif before[name] != after[name]:
            values = ((each, spell(value), spell(after[name][each])) for each, value in before[name].items())
            yield Entry("changed", name, tuple(fact for value in values for fact in differing(*value)))


def budgets_changed(old: Analysis, new: Analysis, matching: Matching) -> Iterator[Entry]:
    """Budgets that came or went, or allow otherwise."""
    before = {matching.moved(path): limits for path, limits in _budgets(old).items()}
    after = _budgets(new)
    for path in dict.fromkeys([*before, *after]):
        lead = f"{path}: " if path else ""
        some, others = before.get(path, {}), after.get(path, {})
        for what in dict.fromkeys([*some, *others]):
            if what not in some or what not in others:
                most = (some | others)[what]
                yield Entry("removed" if what in some else "added", f"{lead}{what} <= {most:,}")
            elif some[what] != others[what]:
                yield Entry("changed", lead + what, (Fact("most", f"{some[what]:,}", f"{others[what]:,}"),))


def _budgets(analysis: Analysis) -> dict[str, dict[str, int | float]]:
    """What a budget is of and how much it allows, by the path of the block that it stands in."""
    blocks = [block for block in analysis.model.blocks() if block.limits]
    return {block.path: {_measured(limit): limit.most for limit in block.limits} for block in blocks}


def _measured(limit: Limit) -> str:
    return limit.quantity + (f" over {limit.stream.name.text}" if limit.stream else "")
