"""Which class sits in which row of a head."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from clspec.growth.slices import Series
from clspec.growth.words import noun_for, spell

RETIRED = -1
"""Stands for the class of a row that was born but not claimed at the first growth: it answers for no class."""


@dataclass(frozen=True)
class Expansion:
    """What one growth did to a head's rows.

    `claimed` pairs born rows with the classes they now answer for, `retired` counts the born rows left over, `added`
    are the classes of the rows appended, in `generation`.
    """

    claimed: tuple[tuple[int, int], ...]
    retired: int
    added: tuple[int, ...]
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


@dataclass
class Rows:
    """Which class sits in which row of a head, generation by generation.

    A class id stands in each row; None where the row is born but not claimed yet, RETIRED where it never will be.
    `born` rows exist from the start; what the first growth adds to them belongs to generation 0 too. `compact` heads
    have one logit column a row that answers; else the column is the class id. With a `reserve` the width is a multiple
    of it, so that up to there growing changes no shape.
    """

    generations: list[list[int | None]]
    born: int
    compact: bool = False
    reserve: int = 1

    @classmethod
    def unclaimed(cls, initial: int, compact: bool = False, reserve: int | None = None) -> Rows:
        """A head as it is born: `initial` rows that answer as classes 0, 1, ... until the first classes arrive."""
        return cls([[None] * initial] if initial else [], initial, compact, reserve or 1)

    @classmethod
    def of(cls, classes: Sequence[int], compact: bool = False, reserve: int | None = None) -> Rows:
        """A head born with exactly these classes (a member that `branch` adds)."""
        return cls([list(classes)] if classes else [], len(classes), compact, reserve or 1)

    def with_classes(self, classes: Sequence[int]) -> Rows:
        """Such a head born with exactly these classes."""
        return Rows.of(classes, self.compact, self.reserve)

    @property
    def flat(self) -> list[int | None]:
        return [class_id for generation in self.generations for class_id in generation]

    @property
    def claimed(self) -> bool:
        return None not in self.generations[0] if self.generations else True

    @property
    def classes(self) -> list[int]:
        """The classes that have a row, in row order."""
        return [class_id for class_id in self.flat if class_id is not None and class_id != RETIRED]

    @property
    def answering(self) -> list[tuple[int, int]]:
        """(row, class) of every row that answers; an unclaimed row i answers as class i."""
        if not self.claimed:
            return [(row, row) for row in range(self.born)]
        rows = enumerate(self.flat)
        return [(row, class_id) for row, class_id in rows if class_id is not None and class_id != RETIRED]

    @property
    def columns(self) -> list[tuple[int, int]]:
        """(row, logit column) of every row that answers."""
        if not self.compact:
            return self.answering
        return [(row, column) for column, (row, _) in enumerate(self.answering)]

    @property
    def width(self) -> int:
        """Number of logit columns: up to the last one that a row has, and on to the end of the reserve."""
        return self.width_with(())

    def width_with(self, classes: Iterable[int]) -> int:
        """The number of logit columns if these classes were announced too."""
        new, used = self.new(classes), max((column for _, column in self.columns), default=-1) + 1
        used = used + len(new) if self.compact else max([used, *(class_id + 1 for class_id in new)])
        return used if self.reserve == 1 else max(-(-used // self.reserve), 1) * self.reserve

    @property
    def alignable(self) -> bool:
        """Whether there are rows that answer for a class both in the newest generation and before it."""
        answering = [[c for c in generation if c is not None and c != RETIRED] for generation in self.generations]
        return any(answering[:-1]) and bool(answering[-1:] and answering[-1])

    @property
    def series(self) -> Series:
        """The generations, as slices reach them."""
        return Series("generations", (None,) * len(self.generations))

    def new(self, classes: Iterable[int]) -> tuple[int, ...]:
        """Those of `classes` that have no row yet, ascending."""
        return tuple(sorted(set(classes) - set(self.classes)))

    def expand(self, classes: Iterable[int]) -> Expansion | None:
        """Gives every class a row: the first claim what was born, later ones make a generation. None: nothing new."""
        new = self.new(classes)
        if not new:
            return None
        if self.claimed:
            self.generations.append(list(new))
            return Expansion((), 0, new, len(self.generations) - 1)
        rows: list[int | None] = list(range(self.born))
        claimed = tuple(zip(range(self.born), new, strict=False))
        added = new[self.born :]
        retired = max(self.born - len(new), 0)
        rows = [*(class_id for _, class_id in claimed), *[RETIRED] * retired, *added]
        self.generations[0] = rows
        return Expansion(claimed, retired, added, 0)

    def to_json(self) -> dict[str, Any]:
        return {"generations": self.generations, "born": self.born}

    @classmethod
    def from_json(cls, saved: Mapping[str, Any], compact: bool = False, reserve: int | None = None) -> Rows:
        generations = [list(generation) for generation in saved["generations"]]
        return cls(generations, int(saved["born"]), compact, reserve or 1)
