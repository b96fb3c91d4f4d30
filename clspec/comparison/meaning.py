"""What a model takes and answers, before and after: whether callers still get what they got."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from clspec.analyses import Analysis
from clspec.analyses.givers import Read
from clspec.analyses.program import Part
from clspec.comparison.answers import Answer, pair_answers
from clspec.comparison.arguments import bare, component_facts
from clspec.comparison.facts import Fact, differing
from clspec.comparison.matching import Leaf, Matching
from clspec.comparison.strictness import Loss
from clspec.components.base import Component
from clspec.components.merges import Merge
from clspec.components.sequence import SequenceOf
from clspec.growth import Rule

Subject = Literal["answer", "part", "input", "rule"]
Fate = Literal["stays", "changes", "moves", "lost", "new"]
SAME_MEANING = {"auto", "dropout", "initial", "pretrained", "weights"}
"""Arguments by which a trained model answers alike; any other may change what it answers."""


@dataclass(frozen=True)
class Judged:
    """An answer, an input or a rule of OLD and what becomes of it, or one that only NEW has; `facts` say how."""

    subject: Subject
    fate: Fate
    name: str
    facts: tuple[Fact, ...] = ()
    loss: Loss | None = None

    def to_dict(self) -> dict[str, Any]:
        facts = [fact.to_dict() for fact in self.facts]
        return {"subject": self.subject, "fate": self.fate, "name": self.name, "facts": facts, "loss": self.loss}


def judge_meaning(old: Analysis, new: Analysis, matching: Matching) -> Iterator[Judged]:
    """Answers, the parts behind them, inputs, and the `after` rules that may wait in a saved model."""
    yield from _answers(old, new, matching)
    yield from _parts(matching)
    yield from _inputs(old, new, matching)
    yield from _rules(old, new, matching)


# ---- answers


def _answers(old: Analysis, new: Analysis, matching: Matching) -> Iterator[Judged]:
    for before, after in pair_answers(old, new, matching):
        if before is not None and after is not None:
            yield from _answer(old, new, matching, before, after)
        elif before is not None:
            yield Judged("answer", "lost", before.name, loss="answer lost")
        elif after is not None:
            yield Judged("answer", "new", after.name)


def _answer(old: Analysis, new: Analysis, matching: Matching, before: Answer, after: Answer) -> Iterator[Judged]:
    changed = _meaning(old, new, before.part, after.part)
    if matching.moved(before.part.path) != after.part.path:
        changed += differing("given by", before.part.path, after.part.path)
    moved = differing("returned", before.words, after.words)
    if changed:
        yield Judged("answer", "changes", after.name, tuple(changed), "answer changed")
    if moved:
        yield Judged("answer", "moves", after.name, tuple(moved), "answer moved")
    if not (changed or moved):
        yield Judged("answer", "stays", after.name)


def _meaning(old: Analysis, new: Analysis, before: Part, after: Part) -> list[Fact]:
    """What about an answer means something else."""
    facts = differing("gives", str(old.flow.outputs[before.path]), str(new.flow.outputs[after.path]))
    if before.component is not None and after.component is not None:
        facts += _telling(component_facts(_last(before.component), _last(after.component)))
    return facts


def _telling(facts: Sequence[Fact]) -> list[Fact]:
    """Those of more than how an answer is come by; what dropout changes, it changes in training alone."""
    return [
        fact
        for fact in facts
        if fact.name.rpartition(".")[2] not in SAME_MEANING
        and not all(value is None or str(value).startswith("dropout(") for value in (fact.old, fact.new))
    ]


def _last(component: Component) -> Component:
    """What gives the answer of a list is its last layer."""
    return _last(component.items[-1]) if isinstance(component, SequenceOf) else component


# ---- parts


def _parts(matching: Matching) -> Iterator[Judged]:
    """The parts that compute something else than they did; of heads, whose answers are judged, only what they read."""
    for path, into in matching.leaves.items():
        old, new = matching.old[path], matching.new[into]
        facts: list[Fact] = []
        if old.part.component is not None and new.part.component is not None and new.part.role != "head":
            facts = _telling(component_facts(bare(old.part.component), bare(new.part.component)))
        if not _same_reads(matching.reads(old), new):
            facts += differing("reads", *(", ".join(_spelled(side)) for side in (old, new)))
        if facts and new.part.role != "input":
            yield Judged("part", "changes", into, tuple(facts), "part changed")


def _same_reads(before: tuple[tuple[Read, ...], ...] | None, leaf: Leaf) -> bool:
    """Whether it reads what it read; a sum or a mean is the same in whatever order its sources come."""
    component = leaf.part.component
    if before is not None and isinstance(component, Merge) and not component.joins:
        return Counter(before) == Counter(leaf.reads)
    return before == leaf.reads


def _spelled(leaf: Leaf) -> list[str]:
    return [f"{read.giver}.{read.tap}".rstrip(".") for source in leaf.reads for read in source]


# ---- inputs


def _inputs(old: Analysis, new: Analysis, matching: Matching) -> Iterator[Judged]:
    before, after = (_taken(side) for side in (old, new))
    for name, shape in before.items():
        into = matching.leaves.get(name)
        if into is None:
            yield Judged("input", "lost", name, loss="input changed")
            continue
        called, taken = differing("name", name, into), differing("takes", shape, after[into])
        if taken:
            yield Judged("input", "changes", into, tuple(called + taken), "input changed")
        elif called:
            yield Judged("input", "moves", into, tuple(called), "input moved")
        else:
            yield Judged("input", "stays", into)
    for name in after:
        if name not in matching.back:
            yield Judged("input", "new", name, loss="input changed")
    order = (
        [matching.leaves[name] for name in before if name in matching.leaves],
        [n for n in after if n in matching.back],
    )
    orders = tuple(differing("order", *(", ".join(names) for names in order)))
    if orders:
        yield Judged("input", "changes", "all", orders, "input changed")
    labels = [side.model.needs_task_labels for side in (old, new)]
    if labels[0] != labels[1]:
        yield Judged("input", "new" if labels[1] else "lost", "task_labels", loss="input changed")


def _taken(analysis: Analysis) -> dict[str, str]:
    """The inputs in the order of the forward, and what one sample of each is."""
    return {name: str(analysis.flow.outputs[name]) for name in analysis.wiring.inputs[""]}


# ---- rules


def _rules(old: Analysis, new: Analysis, matching: Matching) -> Iterator[Judged]:
    before = [planned.rule for planned in old.plan.rules]
    after: Sequence[Rule] = [planned.rule for planned in new.plan.rules]
    for number, rule in enumerate(before):
        if rule.trigger.after:
            renamed = matching.renamed(rule)
            places = [at for at, each in enumerate(after) if each == renamed]
            if number not in places:
                facts = differing("rule", number + 1, places[0] + 1) if places else ()
                yield Judged("rule", "moves" if places else "lost", str(renamed), tuple(facts), "rule moved")
