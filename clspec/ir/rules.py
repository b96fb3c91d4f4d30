"""References and rules of the language as written."""

from __future__ import annotations

from dataclasses import field
from typing import Literal

from clspec.growth import Event, Verb
from clspec.ir.frozen import frozen
from clspec.ir.values import Place


@frozen
class PathPart:
    """One step of a reference: a name, or the number of a submodule (`trunk.features.0`)."""

    text: str
    span: Place = field(compare=False, repr=False)


@frozen
class Index:
    """`[i]` (`stop` and `start` None, `index` set) or `[start:stop]`."""

    index: int | None
    start: int | None
    stop: int | None
    span: Place = field(compare=False, repr=False)

    def __str__(self) -> str:
        if self.index is not None:
            return f"[{self.index}]"
        return f"[{'' if self.start is None else self.start}:{'' if self.stop is None else self.stop}]"


@frozen
class Reference:
    """A node, with a path into it and slices of its generations: `coarse.labels[:-1]`, `trunk.stage2`, `self`."""

    parts: tuple[PathPart, ...]
    slices: tuple[Index, ...] = ()
    span: Place = field(compare=False, repr=False)

    @property
    def path(self) -> str:
        return ".".join(part.text for part in self.parts)

    def __str__(self) -> str:
        return self.path + "".join(map(str, self.slices))


@frozen
class WrittenTrigger:
    """`new_class`, `new_task`, `experience`, `experience 2`, `experience 2..`, `experience 2..4` (last included)."""

    event: Event
    first: int = 0
    last: int | None = None
    span: Place = field(compare=False, repr=False)


@frozen
class Action:
    """`freeze X, Y [until PATH]`, `unfreeze X [from PATH]` and the other verbs.

    `until` and `since` are paths into the target.
    """

    verb: Verb
    targets: tuple[Reference, ...]
    until: Reference | None = None
    since: Reference | None = None
    span: Place = field(compare=False, repr=False)


@frozen
class WrittenRule:
    """A rule of a model or group. `timing` is `start` where it has no trigger (`trigger` is then None).

    Rules act in the text's order: after those of `parts_above`, which counts the parts of its body above it.
    """

    timing: Literal["start", "when", "after"]
    trigger: WrittenTrigger | None
    actions: tuple[Action, ...]
    parts_above: int = 0
    span: Place = field(compare=False, repr=False)
