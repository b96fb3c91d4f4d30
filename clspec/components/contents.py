"""What lies inside a part as torch modules, where no torch is needed to tell."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace

from clspec.ir.shapes import Shape


@dataclass(frozen=True)
class Content:
    """A submodule at a path, an outer one before those in it, in forward order.

    `shape` is what it gives for one sample, None where it gives no single tensor, or never runs. `parameters` are those
    of what cannot be divided further; None of what other contents make up.
    """

    path: str
    shape: Shape | None
    parameters: int | None

    def below(self, path: str) -> Content:
        return replace(self, path=f"{path}.{self.path}")


class NeedsTorchError(Exception):
    """Only torch can tell what is inside."""


Contents = tuple[Content, ...] | None
"""() of what has nothing inside, None where only torch can tell."""


def part_contents(path: str, shape: Shape | None, parameters: int, inner: Contents) -> Iterator[Content]:
    """A submodule and all inside it. Raises NeedsTorchError where nothing else can tell."""
    if inner is None:
        raise NeedsTorchError(path)
    yield Content(path, shape, None if inner else parameters)
    yield from (each.below(path) for each in inner)


def gathered(parts: Iterable[Content]) -> Contents:
    """The contents, or None where one of the parts cannot be told without torch."""
    try:
        return tuple(parts)
    except NeedsTorchError:
        return None
