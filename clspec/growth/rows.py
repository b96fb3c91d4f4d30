"""Which class sits in which row of a head."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain
from typing import Any, TypeGuard, cast

from clspec.experience import LONG, class_ids
from clspec.growth.known import Known
from clspec.growth.slices import Series
from clspec.growth.words import noun_for, spell

RETIRED = -1
"""Stands for the class of a row that was born but not claimed at the first growth: it answers for no class."""

RowClasses = Sequence[int | None]
"""The class of each of its rows: a tuple, or a range of many classes that follow each other."""


@dataclass(frozen=True)
class Expansion:
    """What one growth did to a head's rows.

    `claimed` pairs born rows with the classes they now answer for, `retired` counts the born rows left over, `added`
    are the classes of the rows appended, in `generation`.
    """

    claimed: tuple[tuple[int, int], ...]
    retired: int
    added: Sequence[int]
    generation: int

    def words(self) -> list[str]:
        said: list[str] = []
        if self.claimed:
            rows = [row for row, _ in self.claimed]
            classes = [class_id for _, class_id in self.claimed]
            said.append(f"{noun_for(rows, 'row')} {spell(rows)} for {noun_for(classes, 'class')} {spell(classes)}")
        if self.retired:
            said.append(f"{self.retired} {noun_for(range(self.retired), 'row')} retired")
        if self.added:
            classes = f"{noun_for(self.added, 'class')} {spell(self.added)}"
            said.append(f"+{len(self.added)} {noun_for(self.added, 'row')} for {classes}")
        return said


class Rows:
    """Which class sits in which row of a head, generation by generation. It never changes: `expand` gives another.

    A class id stands in each row; None where the row is born but not claimed yet, RETIRED where it never will be.
    `born` rows exist from the start; what the first growth adds to them belongs to generation 0 too. `compact` heads
    have one logit column a row that answers; else the column is the class id. With a `reserve` the width is a multiple
    of it, so that up to there growing changes no shape.
    """

    def __init__(
        self, generations: Iterable[Sequence[int | None]], born: int, compact: bool = False, reserve: int = 1
    ) -> None:
        self.born, self.compact, self.reserve = born, compact, reserve
        self._generations: list[RowClasses] = []
        self.count: int = 0
        self.total: int = 0
        """How many generations there are (what lies further on is another's), and how many rows in them."""
        self._known = Known()
        self._used = 0
        """One past the last column that a row answers in."""
        self.in_order = True
        """Whether every row answers, row i in column i."""
        self.claimed = True
        for generation in generations:
            self._append(_kept(generation))
        if self.count and isinstance(self._generations[0], tuple) and None in self._generations[0]:
            self.claimed, self._used, self.in_order = False, born, True

    @classmethod
    def unclaimed(cls, initial: int, compact: bool = False, reserve: int | None = None) -> Rows:
        """A head as it is born: `initial` rows that answer as classes 0, 1, ... until the first classes arrive."""
        return cls([[None] * initial] if initial else [], initial, compact, reserve or 1)

    @classmethod
    def of(cls, classes: Sequence[int], compact: bool = False, reserve: int | None = None) -> Rows:
        """A head born with exactly these classes (a member that `branch` adds)."""
        return cls([classes] if classes else [], len(classes), compact, reserve or 1)

    def with_classes(self, classes: Sequence[int]) -> Rows:
        """Such a head born with exactly these classes."""
        return Rows.of(classes, self.compact, self.reserve)

    def merged(self, runs: Sequence[Sequence[int]], *, whole: bool) -> Rows:
        """The same rows, one generation for each run of neighbours; `whole`: those of the first are one parameter."""
        layout = [[class_id for at in run for class_id in self._generations[at]] for run in runs]
        # Then they are as those that a head is born with.
        return Rows(layout, len(layout[0]) if whole else self.born, self.compact, self.reserve)

    @property
    def generations(self) -> list[RowClasses]:
        return self._generations[: self.count]

    def generation(self, index: int) -> RowClasses:
        """The classes in the rows of one generation."""
        return self._generations[range(self.count)[index]]

    def in_common(self, other: Rows) -> int:
        """How many generations it is known to share with another, which it grew out of or which grew out of it."""
        return min(self.count, other.count) if self._generations is other._generations else 0

    @property
    def flat(self) -> list[int | None]:
        return list(chain.from_iterable(self.generations))

    @property
    def classes(self) -> list[int]:
        """The classes that have a row, in row order."""
        return list(self._known)

    @property
    def class_count(self) -> int:
        return len(self._known)

    @property
    def answering(self) -> list[tuple[int, int]]:
        """(row, class) of every row that answers; an unclaimed row i answers as class i."""
        if not self.claimed:
            return [(row, row) for row in range(self.born)]
        return list(zip(self._known.places(), self._known, strict=True))

    def rows_and_columns(self) -> tuple[Iterable[int], Iterable[int]]:
        """The row, and the logit column, of every row that answers."""
        if not self.claimed:
            return range(self.born), range(self.born)
        return self._known.places(), range(len(self._known)) if self.compact else self._known

    @property
    def columns(self) -> list[tuple[int, int]]:
        """(row, logit column) of every row that answers."""
        return list(zip(*self.rows_and_columns(), strict=True))

    @property
    def width(self) -> int:
        """Number of logit columns: up to the last one that a row has, and on to the end of the reserve."""
        return self.width_with(())

    def width_with(self, classes: Iterable[int]) -> int:
        """The number of logit columns if these classes were announced too."""
        new = self.new(classes)
        used = self._used + len(new) if self.compact else max(self._used, new[-1] + 1 if new else 0)
        return used if self.reserve == 1 else max(-(-used // self.reserve), 1) * self.reserve

    @property
    def alignable(self) -> bool:
        """Whether there are rows that answer for a class both in the newest generation and before it."""
        answers = [any(map(_answers, generation)) for generation in self.generations]
        return any(answers[:-1]) and answers[-1]

    @property
    def series(self) -> Series:
        """The generations, as slices reach them."""
        return Series("generations", (None,) * self.count)

    def new(self, classes: Iterable[int]) -> Sequence[int]:
        """Those of `classes` that have no row yet, ascending."""
        missing = self._known.missing(classes) if classes else ()
        return class_ids(missing if isinstance(missing, range) else sorted(missing))

    def expand(self, classes: Iterable[int]) -> tuple[Rows, Expansion | None]:
        """Gives every class a row: the first claim what was born, later ones make a generation. None: nothing new."""
        new = self.new(classes)
        if not new:
            return self, None
        if self.claimed:
            return self._with(new), Expansion((), 0, new, self.count)
        claimed = tuple(zip(range(self.born), new, strict=False))
        added = new[self.born :]
        retired = max(self.born - len(new), 0)
        first = [*new, *[RETIRED] * retired] if retired else new
        rest = self._generations[1 : self.count]
        return Rows([first, *rest], self.born, self.compact, self.reserve), Expansion(claimed, retired, added, 0)

    def _with(self, classes: RowClasses) -> Rows:
        """One generation more, sharing those before it."""
        longer = object.__new__(Rows)
        vars(longer).update(vars(self))
        if len(self._generations) != self.count:  # somebody else went on from here
            longer._generations = self.generations
        longer._append(classes)
        return longer

    def _append(self, classes: RowClasses) -> None:
        rows = range(self.total, self.total + len(classes))
        if isinstance(classes, range):
            self.in_order &= self.compact or classes == rows
            self._generations.append(classes)
            self._known = self._known.block(classes, self.total)
            self.count, self.total = self.count + 1, rows.stop
            self._used = len(self._known) if self.compact else max(self._used, classes.stop)
            return
        answering = {class_id: row for row, class_id in zip(rows, classes, strict=True) if _answers(class_id)}
        columns = rows if self.compact else answering
        self.in_order &= len(answering) == len(classes) and list(columns) == list(rows)
        self._generations.append(classes)
        self._known = self._known.more(answering)
        self.count, self.total = self.count + 1, rows.stop
        self._used = len(self._known) if self.compact else max(self._used, max(answering, default=-1) + 1)

    def to_json(self) -> dict[str, Any]:
        return {"generations": list(map(list, self.generations)), "born": self.born}

    @classmethod
    def from_json(cls, saved: Mapping[str, Any], compact: bool = False, reserve: int | None = None) -> Rows:
        return cls(saved["generations"], int(saved["born"]), compact, reserve or 1)


def _kept(generation: Sequence[int | None]) -> RowClasses:
    if len(generation) < LONG or not _answers(generation[0]):
        return tuple(generation)
    return class_ids(cast("Sequence[int]", generation))  # with RETIRED among them they are no range


def _answers(class_id: int | None) -> TypeGuard[int]:
    return class_id is not None and class_id != RETIRED
