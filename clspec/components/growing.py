"""How much a part holds, how that grows, and the rules that come with a component."""

from __future__ import annotations

from dataclasses import dataclass, field

from clspec.growth import Event, Verb, tree_of_paths
from clspec.ir.tensors import Tensors, buffer_bytes, parameters


@dataclass(frozen=True)
class Size:
    """How much a part holds: parameters (numbers, not bytes) and bytes of buffers.

    `inside` are the parameters of what is in it, by path and in forward order, where rules may freeze a share of it.
    Those that several hold are counted at the first; `tied` are their numbers, with the names of all of each.
    `tensors` are what a state dict has of it, None where only torch can tell.
    """

    parameters: int = 0
    buffer_bytes: int = 0
    inside: tuple[tuple[str, int], ...] = ()
    tied: tuple[tuple[int, tuple[str, ...]], ...] = ()
    tensors: Tensors | None = field(default=None, compare=False, repr=False)

    @classmethod
    def of(cls, *tensors: Tensors) -> Size:
        """The size of what holds just these tensors; of nothing without any."""
        all_of_them = tuple(each for some in tensors for each in some)
        return cls(parameters(all_of_them), buffer_bytes(all_of_them), tensors=all_of_them)

    def divides(self, path: str) -> bool:
        """Whether the sizes inside tell apart what is at a path from the rest."""
        tree = tree_of_paths(name for name, _ in self.inside)
        for name in path.split("."):
            if name not in tree:
                return False
            tree = tree[name]
        return True

    def __add__(self, other: Size) -> Size:
        return Size(self.parameters + other.parameters, self.buffer_bytes + other.buffer_bytes)

    def __mul__(self, times: int) -> Size:
        return Size(self.parameters * times, self.buffer_bytes * times)


NOTHING = Size.of()
"""The size of what holds nothing."""


@dataclass(frozen=True)
class RowGrowth:
    """A head that grows by rows: born with `initial` of them, `row` the size of each.

    `shared` is what all rows have in common. `compact` heads have one logit column a row; with a `reserve` there are
    always a multiple of so many.
    """

    initial: int
    row: Size
    shared: Size = NOTHING
    compact: bool = False
    reserve: int | None = None


@dataclass(frozen=True)
class MemberGrowth:
    """A part that grows by members, one a task: each a growing head, or of a fixed size."""

    member: RowGrowth | Size


@dataclass(frozen=True)
class ColumnGrowth:
    """A part that grows by columns, one a task, each fed by all before it.

    `column` is the size of one by itself, `lateral` what it adds for each earlier one, `adapter` what it adds once
    where there is an earlier one.
    """

    column: Size
    lateral: Size
    adapter: Size = NOTHING

    def at(self, position: int) -> Size:
        """The size of the column at a position, counted from 0."""
        return self.column + self.lateral * position + (self.adapter if position else Size())


Growth = Size | RowGrowth | MemberGrowth | ColumnGrowth
"""What the forecast needs to know of a part; a plain Size does not grow."""


@dataclass(frozen=True)
class OwnRule:
    """A rule that comes with a component: `when EVENT { VERB self }`, or of slices of it: `self[:-1]`."""

    event: Event
    verb: Verb
    after: bool = False
    slices: str = ""

    def __str__(self) -> str:
        return f"{'after' if self.after else 'when'} {self.event} {{ {self.verb} self{self.slices} }}"
