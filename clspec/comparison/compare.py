"""Two analysed models, one comparison."""

from __future__ import annotations

from collections.abc import Iterator

from clspec.analyses import Analysis
from clspec.comparison.answers import pair_answers
from clspec.comparison.calls import spell
from clspec.comparison.changes import Comparison
from clspec.comparison.entries import budgets_changed, outputs_changed, rules_changed, streams_changed
from clspec.comparison.facts import Fact, differing
from clspec.comparison.matching import match
from clspec.comparison.moment import Counts
from clspec.comparison.parts import Parts
from clspec.comparison.side import Side


def compare(old: Analysis, new: Analysis, counts: tuple[Counts, Counts], experience: int | None = None) -> Comparison:
    """What changed from one model to the other; `counts` are both their sizes at the moment of comparison."""
    matching, sides = match(old, new), (Side(old, counts[0]), Side(new, counts[1]))
    return Comparison(
        new.model.title,
        old.spec.file,
        new.spec.file,
        experience,
        tuple(_of_model(old, new)),
        Parts(*sides, matching).changes(),
        tuple(rules_changed(old, new, matching)),
        tuple(outputs_changed(pair_answers(old, new, matching), matching)),
        tuple(streams_changed(old, new)),
        tuple(budgets_changed(old, new, matching)),
        tuple(_numbers(*counts)),
        sides,
        matching,
    )


def _of_model(old: Analysis, new: Analysis) -> Iterator[Fact]:
    yield from differing("name", old.model.title, new.model.title)
    docs = (" ".join(each.model.doc.split()) for each in (old, new))
    yield from differing("doc", *(spell(doc) if doc else None for doc in docs))
    before, after = old.parameters, new.parameters
    for name in dict.fromkeys([*before, *after]):
        values = (spell(side[name]) if name in side else None for side in (before, after))
        yield from differing(f"parameter {name}", *values)


def _numbers(old: Counts, new: Counts) -> Iterator[Fact]:
    before, after = old.states[""], new.states[""]
    yield from differing("parameters", before.parameters, after.parameters)
    yield from differing("trainable", before.trainable, after.trainable)
    yield from differing("bytes", old.memory, new.memory)
