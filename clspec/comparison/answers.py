"""Which answer of one model is which of another."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from clspec.analyses import Analysis
from clspec.analyses.givers import Mode, answers_of
from clspec.analyses.program import Part
from clspec.comparison.matching import Matching


@dataclass(frozen=True)
class Answer:
    """What a model returns: of `part`, at `key` of a dict, "" where it is returned alone; `mode` None: in both."""

    key: str
    mode: Mode | None
    part: Part

    @property
    def words(self) -> str:
        """Where a caller finds it."""
        return (f'at "{self.key}"' if self.key else "alone") + (f" in {self.mode}" if self.mode else "")

    @property
    def name(self) -> str:
        return self.key or self.part.path


Pair = tuple[Answer | None, Answer | None]
"""An answer of OLD and the one of NEW that it became; None where there is none."""


def pair_answers(old: Analysis, new: Analysis, matching: Matching) -> list[Pair]:
    """The answers of both models: pairs of the same part, then of the same key, then what only one gives."""
    before, after = _answers(old), _answers(new)
    tests: list[Callable[[Answer, Answer], bool]] = [
        lambda one, other: matching.moved(one.part.path) == other.part.path and one.mode == other.mode,
        lambda one, other: matching.moved(one.part.path) == other.part.path,
        lambda one, other: (one.key, one.mode) == (other.key, other.mode),
    ]
    found: dict[int, int] = {}
    for same in tests:
        for at, answer in enumerate(before):
            free = [i for i, each in enumerate(after) if i not in found.values() and same(answer, each)]
            if at not in found and free:
                found[at] = free[0]
    pairs: list[Pair] = [(answer, after[found[at]] if at in found else None) for at, answer in enumerate(before)]
    return pairs + [(None, each) for at, each in enumerate(after) if at not in found.values()]


def _answers(analysis: Analysis) -> Sequence[Answer]:
    """What the model returns; what it returns alone in one mode may stand beside others in the other."""
    train, evaluation = (_in_mode(analysis, mode) for mode in ("train", "eval"))
    return [
        *(Answer(key, None if (key, part) in evaluation else "train", part) for key, part in train),
        *(Answer(key, "eval", part) for key, part in evaluation if (key, part) not in train),
    ]


def _in_mode(analysis: Analysis, mode: Mode) -> list[tuple[str, Part]]:
    given = [each for each in answers_of(analysis) if each.mode in (None, mode)]
    return [("" if len(given) == 1 else each.key, each.part) for each in given]
