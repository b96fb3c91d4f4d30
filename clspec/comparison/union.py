"""The scenes of two models in one: what was removed stands where it was, each part is marked with what became of it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from clspec.comparison.changes import PartChange, Sign
from clspec.comparison.matching import Matching
from clspec.diagrams.scene import Arrow, Box, Scene

MARKS: Mapping[Sign, str] = {"added": "ADDED", "removed": "REMOVED", "changed": "CHANGED", "moved": "MOVED"}
GONE = "old:"
"""Before the path of a part that only OLD has: NEW may have another there."""


def unite(old: Scene, new: Scene, changes: Sequence[PartChange], matching: Matching, name: str) -> Scene:
    """One scene of both, called `name`."""
    every = [each for change in changes for each in change.walk()]
    kept = {each.path: each for each in every if each.sign != "removed"}
    removed = {each.path for each in every if each.sign == "removed"}
    union = _Union(matching, kept, removed, {box.path: box for box in _walk(old.boxes)})
    return replace(
        new,
        name=name,
        boxes=union.scope(old.boxes, new.boxes),
        arrows=tuple(union.arrows(old.arrows, new.arrows)),
        rules=(),
    )


@dataclass(frozen=True)
class _Union:
    matching: Matching
    kept: Mapping[str, PartChange]
    removed: set[str]
    old: Mapping[str, Box]

    # ---- boxes

    def scope(self, before: Sequence[Box], after: Sequence[Box]) -> tuple[Box, ...]:
        """The boxes of a scope of NEW with those that it lost, each behind what stood before it in OLD."""
        boxes = [self.marked(box) for box in after]
        last = ""
        for box in before:
            if box.path in self.removed:
                places = [at for at, each in enumerate(boxes) if each.path == last]
                boxes.insert(places[0] + 1 if places else 0, self.gone(box))
                last = GONE + box.path
            elif self.matching.moved(box.path) in {each.path for each in boxes}:
                last = self.matching.moved(box.path)
        return tuple(boxes)

    def marked(self, box: Box) -> Box:
        """A box of NEW with its mark, and what was removed from inside it."""
        was = self.old.get(self.matching.back.get(box.path, ""))
        children = self.scope(was.children if was is not None else (), box.children)
        change = self.kept.get(box.path)
        if change is None:
            return replace(box, rules=(), children=children)
        facts = (*((f"was {change.was}",) if change.was else ()), *map(str, change.facts))
        details = box.details if change.sign == "added" else facts
        return replace(box, rules=(), children=children, mark=MARKS[change.sign], details=details)

    def gone(self, box: Box) -> Box:
        """A box of OLD alone, with what is in it and nowhere else."""
        children = tuple(self.gone(child) for child in box.children if child.path in self.removed or not self.removed)
        return replace(box, path=GONE + box.path, rules=(), children=children, mark=MARKS["removed"])

    # ---- arrows

    def arrows(self, before: Sequence[Arrow], after: Sequence[Arrow]) -> Iterator[Arrow]:
        """Those of NEW, marked, then those that OLD had between what is drawn."""
        known = {_ends(arrow): arrow for arrow in map(self.moved, before)}
        answering = {arrow.source for arrow in known.values() if not arrow.target}
        for arrow in after:
            was = known.pop(_ends(arrow), None)
            if was is None:
                elsewhere = not arrow.target and arrow.source in answering
                yield replace(arrow, mark=MARKS["changed" if elsewhere else "added"])
            elif was.label != arrow.label:
                yield replace(arrow, mark=MARKS["changed"], label=f"{was.label} → {arrow.label}")
            else:
                yield arrow
        yield from (replace(arrow, mark=MARKS["removed"]) for arrow in known.values() if arrow.target)

    def moved(self, arrow: Arrow) -> Arrow:
        """An arrow of OLD between the paths at which its ends are drawn."""
        return replace(arrow, source=self.drawn(arrow.source), target=arrow.target and self.drawn(arrow.target))

    def drawn(self, path: str) -> str:
        outer = path
        while outer and outer not in self.matching.leaves:
            outer = outer.rpartition(".")[0]
        return self.matching.moved(path) if outer else GONE + path


def _ends(arrow: Arrow) -> tuple[str, str, str, str]:
    """What makes an arrow the same: who gives, who reads, at which key, and which place inside is read."""
    return arrow.source, arrow.target, arrow.output, arrow.label.rpartition(" · ")[0]


def _walk(boxes: Sequence[Box]) -> Iterator[Box]:
    for box in boxes:
        yield box
        yield from _walk(box.children)
