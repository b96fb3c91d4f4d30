"""Shapes of one sample, without the batch: what flows along an edge."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True)
class Shape:
    """One of

    - `map` (channels, height, width), `features` (size,), `sequence` (length, size), `tokens` (length,);
    - `logits` (), as wide as the classes seen; `task_logits` (), as wide as those of the sample's own task.

    `sizes` is None where the size comes from the place of use (`input features()` of a model checked on its own).
    """

    kind: Literal["map", "features", "sequence", "tokens", "logits", "task_logits"]
    sizes: tuple[int, ...] | None

    @property
    def known(self) -> bool:
        return self.sizes is not None

    def __str__(self) -> str:
        if self.kind in ("logits", "task_logits"):
            return "logits"
        return "?" if self.sizes is None else "×".join(map(str, self.sizes))


def image(channels: int, height: int, width: int) -> Shape:
    return Shape("map", (channels, height, width))


def features(size: int | None) -> Shape:
    return Shape("features", None if size is None else (size,))


def sequence(length: int, size: int) -> Shape:
    return Shape("sequence", (length, size))


def tokens(length: int) -> Shape:
    return Shape("tokens", (length,))


LOGITS = Shape("logits", ())
TASK_LOGITS = Shape("task_logits", ())


def of_sizes(sizes: tuple[int, ...]) -> Shape | None:
    """The shape of one sample that a tensor has, by how many dimensions it has; None where no part could read it."""
    match len(sizes):
        case 1:
            return Shape("features", sizes)
        case 2:
            return Shape("sequence", sizes)
        case 3:
            return Shape("map", sizes)
        case _:
            return None
