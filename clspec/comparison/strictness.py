"""What can be lost from one spec to the next, and the named sets of losses that count."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Literal, get_args

Loss = Literal[
    "key lost", "answer lost", "answer changed", "part changed", "input changed", "key moved", "key new",
    "answer moved", "input moved", "rule moved",
]  # fmt: skip
LOSSES: Mapping[Loss, str] = {
    "key lost": "a saved tensor has no place in NEW, or the place has another size",
    "answer lost": "NEW no longer gives an answer",
    "answer changed": "an answer means something else: another kind of score, other columns, size or arithmetic",
    "part changed": "a part computes something else, so that the tensors in it and behind it no longer fit each other",
    "input changed": "the forward takes something else: other inputs, other sizes, task labels",
    "key moved": "a tensor has another name in NEW; a plain load_state_dict does not find it",
    "key new": "NEW has a tensor that OLD has not; a plain load_state_dict misses it",
    "answer moved": "an answer is returned elsewhere: at another key, alone instead of in a dict, in another mode",
    "input moved": "an input has another name in NEW; callers that hand it in by name do not find it",
    "rule moved": "`after` rules have other numbers; those that wait when a model is saved would be others",
}
"""Everything that counts as a loss, and what it is."""

Strictness = Literal["weights", "heads", "names"]
STRICTNESSES: Sequence[Strictness] = get_args(Strictness)
_WEIGHTS: tuple[Loss, ...] = ("key lost",)
_HEADS: tuple[Loss, ...] = (*_WEIGHTS, "answer lost", "answer changed", "part changed", "input changed")
SETS: Mapping[Strictness, Sequence[Loss]] = {
    "weights": _WEIGHTS,
    "heads": _HEADS,
    "names": (*_HEADS, "key moved", "key new", "answer moved", "input moved", "rule moved"),
}
"""What counts as a loss, from the loosest to the strictest set."""
MEANINGS: Mapping[Strictness, str] = {
    "weights": "every saved tensor has a place in NEW, if need be under another name",
    "heads": "that, and every answer means the same, for the same inputs and by the same computation",
    "names": "that, and all under the same names: load_state_dict takes OLD's state as it is",
}
