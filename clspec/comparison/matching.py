"""Which part of one model is which of another."""

from __future__ import annotations

from collections.abc import Hashable, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cached_property

from clspec.analyses import Analysis
from clspec.analyses.givers import Read, reads_of
from clspec.analyses.program import Block, Part
from clspec.comparison.calls import likeness
from clspec.growth import Rule


@dataclass(frozen=True)
class Leaf:
    """A part that is made of one component, with the scope that it stands in and all that it reads in the end."""

    part: Part
    scope: Block
    reads: tuple[tuple[Read, ...], ...]

    @property
    def path(self) -> str:
        return self.part.path


@dataclass(frozen=True)
class Matching:
    """What is at which path of OLD and of NEW: `leaves` are parts with a component, `blocks` groups and nested models.

    A part that is at both paths, or moved from one to the other, is in the mapping from OLD to NEW.
    """

    old: Mapping[str, Leaf]
    new: Mapping[str, Leaf]
    leaves: Mapping[str, str]
    blocks: Mapping[str, str]

    @cached_property
    def back(self) -> Mapping[str, str]:
        """From NEW to OLD."""
        return {new: old for matched in (self.leaves, self.blocks) for old, new in matched.items()}

    def moved(self, path: str) -> str:
        """The path in NEW of what is at a path in OLD or inside it; the same path where nobody moved it."""
        for outer in _upwards(path):
            into = self.leaves.get(outer) or self.blocks.get(outer)
            if into is not None:
                return into + path.removeprefix(outer)
        return path

    def reads(self, leaf: Leaf) -> tuple[tuple[Read, ...], ...] | None:
        """What a part of OLD reads, by the paths in NEW; None where it reads something that is no more."""
        given = [read for source in leaf.reads for read in source]
        if any(not self._kept(read.giver) for read in given):
            return None
        return tuple(tuple(Read(self.moved(read.giver), read.tap) for read in source) for source in leaf.reads)

    def renamed(self, rule: Rule) -> Rule:
        """A rule of OLD with its target called as in NEW."""
        return replace(rule, target=self.moved(rule.part) + rule.target.removeprefix(rule.part))

    def _kept(self, path: str) -> bool:
        return any(outer in self.leaves for outer in _upwards(path))


def match(old: Analysis, new: Analysis) -> Matching:
    """Parts of the same path are the same, and of the others those that moved.

    A part moved where one that is alike, in role, kind, arguments and what it reads, was added; of several the one of
    the same name, then the first in data-flow order.
    """
    before, after = ({leaf.path: leaf for leaf in leaves(each)} for each in (old, new))
    found = {path: path for path, leaf in before.items() if path in after and _one_side(leaf, after[path])}
    added: dict[Hashable, list[Leaf]] = {}
    for path, leaf in after.items():
        if path not in found:
            added.setdefault(_looks(leaf, leaf.reads), []).append(leaf)
    for path, leaf in before.items():
        if path not in found:
            alike = added.get(_looks(leaf, Matching(before, after, found, {}).reads(leaf)), [])
            # False comes before True, and the first of equals is taken.
            taken = min(alike, key=lambda each: each.part.name != leaf.part.name, default=None)
            if taken is not None:
                found[path] = taken.path
                alike.remove(taken)
    return Matching(before, after, found, _blocks(old, new, found))


def _one_side(old: Leaf, new: Leaf) -> bool:
    """Whether both are inputs or neither is: what is handed in and what is computed are never the same."""
    return (old.part.role == "input") == (new.part.role == "input")


def _looks(leaf: Leaf, reads: tuple[tuple[Read, ...], ...] | None) -> Hashable:
    return leaf.part.role, likeness(leaf.part.component), reads


def leaves(analysis: Analysis) -> Iterator[Leaf]:
    """The parts with a component, in data-flow order; what a nested model calls its inputs only passes on."""
    return _leaves(analysis, analysis.model)


def _leaves(analysis: Analysis, block: Block) -> Iterator[Leaf]:
    for name in analysis.wiring.order[block.path]:
        part = block.part(name)
        if part is None:
            continue
        if part.block is not None:
            yield from _leaves(analysis, part.block)
        elif part.role == "input":
            yield from [] if block.path else [Leaf(part, block, ())]
        else:
            yield Leaf(part, block, tuple(reads_of(analysis, block, part)))


def _blocks(old: Analysis, new: Analysis, matched: Mapping[str, str]) -> dict[str, str]:
    """Groups and nested models of the same path, and those that moved with all that is in them."""
    before, after = ({block.path: block for block in each.model.blocks() if block.path} for each in (old, new))
    found = {path: path for path in before if path in after}
    for path in before:
        inside = [(one, other) for one, other in matched.items() if one.startswith(f"{path}.")]
        into = {other.removesuffix(one.removeprefix(path)) for one, other in inside}
        whole = all(other.endswith(one.removeprefix(path)) for one, other in inside)
        if path not in found and whole and len(into) == 1 and into <= after.keys() - before.keys():
            found[path] = into.pop()
    return found


def _upwards(path: str) -> Iterator[str]:
    while path:
        yield path
        path = path.rpartition(".")[0]
