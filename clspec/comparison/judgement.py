"""Whether what was saved of a model of OLD, and who calls it, can go on with NEW."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from clspec.analyses import Analysis
from clspec.comparison.matching import match
from clspec.comparison.meaning import Judged, judge_meaning
from clspec.comparison.state import Key, fates
from clspec.comparison.strictness import SETS, Strictness


@dataclass(frozen=True)
class Judgement:
    """What becomes of the keys of a state dict of OLD, and of what a model of OLD takes and answers. Prints as text.

    `strictness` names the set of losses that count.
    """

    model: str
    old: str
    new: str
    strictness: Strictness
    keys: tuple[Key, ...]
    meaning: tuple[Judged, ...]

    @property
    def losses(self) -> list[Key | Judged]:
        """What counts as a loss."""
        return [each for each in (*self.keys, *self.meaning) if each.loss in SETS[self.strictness]]

    def to_dict(self) -> dict[str, Any]:
        return {
            "model": self.model,
            "old": self.old,
            "new": self.new,
            "strictness": self.strictness,
            "losses": len(self.losses),
            "keys": [key.to_dict() for key in self.keys],
            "meaning": [each.to_dict() for each in self.meaning],
        }

    def __str__(self) -> str:
        from clspec.comparison.verdict import judgement_text

        return judgement_text(self)


def judge(old: Analysis, new: Analysis, strictness: Strictness = "names") -> Judgement:
    """Judges one model by the other; torch is asked only of parts of libraries that changed."""
    matching = match(old, new)
    keys, meaning = fates(old, new, matching), tuple(judge_meaning(old, new, matching))
    return Judgement(new.model.title, old.spec.file, new.spec.file, strictness, keys, meaning)
