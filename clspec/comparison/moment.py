"""A model at the moment at which it is compared: as it is born, or as it learns an experience of a stream."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from clspec.analyses import Analysis
from clspec.analyses.streams import unknown_experience
from clspec.counting import CountedModel
from clspec.diagnostics import SpecError
from clspec.experience import read_experience
from clspec.growth import Snapshot


@dataclass(frozen=True)
class Counts:
    """How large a model and its parts are: `memory` in bytes of parameters (float32) and buffers."""

    states: Snapshot
    memory: int


def counts_at(analysis: Analysis, stream: Sequence[Any], at: int | None) -> Counts:
    """The counts as experience number `at` of the stream was learnt; None: as the model is born. Raises SpecError."""
    model = CountedModel(analysis)
    if at is not None and not 0 <= at < len(stream):
        raise SpecError([unknown_experience(at, len(stream), analysis.spec.file)])
    for number, experience in enumerate(stream[: (-1 if at is None else at) + 1]):
        if number:
            model.finish()
        model.adapt(experience, read_experience(experience))
    return Counts(model.states(), model.memory())
