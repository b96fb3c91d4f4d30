"""The one meaning of growth: which rules fire, who claims which row, and what a change is called.

Pure Python. The torch modules of `clspec.nn` and the torch-free forecast both hold these objects and run the same
plan through `adapt`, so what is predicted is what happens.
"""

from __future__ import annotations

from clspec.growth.engine import Part, adapt, finish, firing, perform, start
from clspec.growth.frozen import Frozen
from clspec.growth.members import Branching, Members, branching_words
from clspec.growth.plan import Event, Rule, Trigger, Verb, holding_words, on, reached
from clspec.growth.rows import RETIRED, Expansion, Rows
from clspec.growth.slices import Series, Slice, parse_slices, sliced
from clspec.growth.stages import Tree, between, find_inside, tree_of_paths
from clspec.growth.states import PartState, Snapshot
from clspec.growth.timeline import Moment, Timeline
from clspec.growth.words import ALIGNED, OBSERVED, RESET, member_words, noun_for, spell, spell_names

__all__ = [
    "ALIGNED",
    "OBSERVED",
    "RESET",
    "RETIRED",
    "Branching",
    "Event",
    "Expansion",
    "Frozen",
    "Members",
    "Moment",
    "Part",
    "PartState",
    "Rows",
    "Rule",
    "Series",
    "Slice",
    "Snapshot",
    "Timeline",
    "Tree",
    "Trigger",
    "Verb",
    "adapt",
    "between",
    "branching_words",
    "find_inside",
    "finish",
    "firing",
    "holding_words",
    "member_words",
    "noun_for",
    "on",
    "parse_slices",
    "perform",
    "reached",
    "sliced",
    "spell",
    "spell_names",
    "start",
    "tree_of_paths",
]
