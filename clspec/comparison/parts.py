"""What changed of the parts of a model, scope by scope, in data-flow order."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

from clspec.analyses.program import Block, Part
from clspec.comparison.arguments import component_facts
from clspec.comparison.changes import PartChange
from clspec.comparison.facts import Fact, differing
from clspec.comparison.matching import Matching
from clspec.comparison.side import Side
from clspec.growth import RETIRED, PartState


@dataclass(frozen=True)
class Parts:
    """Compares the parts of two models that were matched."""

    old: Side
    new: Side
    matching: Matching

    def changes(self) -> tuple[PartChange, ...]:
        return tuple(self._scope(self.old.analysis.model, self.new.analysis.model))

    def _scope(self, before: Block | None, after: Block | None) -> Iterator[PartChange]:
        """What changed in a scope. What was removed stands where it was, behind what is before it in both."""
        coming = deque(self.new.parts(after))
        waiting = {part.path for part in coming}
        for part in self.old.parts(before):
            target = self._target(part)
            if target is None:
                yield self._alone(self.old, part, "removed")
            while target in waiting:
                following = coming.popleft()
                waiting.remove(following.path)
                yield from self._in_new(following)
        for part in coming:
            yield from self._in_new(part)

    def _target(self, part: Part) -> str | None:
        return (self.matching.leaves if part.block is None else self.matching.blocks).get(part.path)

    def _in_new(self, part: Part) -> Iterator[PartChange]:
        source = self.matching.back.get(part.path)
        before = self.old.by_path.get(source or "")
        if before is None or (before.block is None) != (part.block is None):
            yield self._alone(self.new, part, "added")
            return
        facts = tuple(self._facts(before, part))
        inside = tuple(self._scope(before.block, part.block)) if part.block else ()
        # What stands in a scope that moved came along with it.
        moved = self.matching.moved(before.path.rpartition(".")[0]) != part.path.rpartition(".")[0]
        moved |= before.name != part.name
        if facts or inside or moved:
            sign, was = ("moved", before.path) if moved else ("changed", "")
            what, sources = self.new.what(part), self.new.sources(part)
            yield PartChange(sign, part.role, part.path, what, sources, was, facts, inside)

    def _alone(self, side: Side, part: Part, sign: Literal["added", "removed"]) -> PartChange:
        """A part of one model, with all in it that the other has not either."""
        scopes = (None, part.block) if sign == "added" else (part.block, None)
        return PartChange(
            sign, part.role, part.path, side.what(part), side.sources(part), inside=tuple(self._scope(*scopes))
        )

    def _facts(self, before: Part, after: Part) -> Iterator[Fact]:
        yield from differing("role", before.role, after.role)
        if before.component is not None and after.component is not None:
            yield from component_facts(before.component, after.component)
        if before.block is not None and after.block is not None:
            yield from differing("uses", *(_title(block) for block in (before.block, after.block)))
        if self._reads_otherwise(before, after):
            yield from differing("from", ", ".join(self.old.sources(before)), ", ".join(self.new.sources(after)))
        if after.block is None:
            yield from differing("reads", self.old.reads(before), self.new.reads(after))
        yield from differing("gives", self.old.gives(before), self.new.gives(after))
        yield from self._counts(before, after)

    def _reads_otherwise(self, before: Part, after: Part) -> bool:
        old, new = self.matching.old.get(before.path), self.matching.new.get(after.path)
        if old is None or new is None:  # of what is inside a group, each part knows what it reads
            names = [self.matching.moved(_beside(before, source)) for source in self.old.sources(before)]
            return names != [_beside(after, source) for source in self.new.sources(after)]
        return self.matching.reads(old) != new.reads

    def _counts(self, before: Part, after: Part) -> Iterator[Fact]:
        old, new = self.old.counts.states.get(before.path), self.new.counts.states.get(after.path)
        if old is None or new is None:
            return
        yield from differing("members", *(None if each.members is None else len(each.members) for each in (old, new)))
        yield from differing("rows", _rows(old), _rows(new))
        yield from differing("parameters", old.parameters, new.parameters)
        if "fixed" not in (old.state, new.state):
            yield from differing("state", old.state, new.state)
        if (old.state, old.parameters) == (new.state, new.parameters):
            yield from differing("trainable", old.trainable, new.trainable)


def _rows(state: PartState) -> int | None:
    if state.rows is None:
        return None
    return sum(class_id != RETIRED for generation in state.rows for class_id in generation)


def _title(block: Block) -> str:
    return "group" if block.kind == "group" else block.title


def _beside(part: Part, source: str) -> str:
    """The path of what a part of a scope calls by this name."""
    scope: Sequence[str] = part.path.split(".")[:-1]
    return ".".join([*scope, source])
