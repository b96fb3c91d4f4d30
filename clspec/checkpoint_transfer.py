"""A checkpoint's contents under the names and the plan of another spec, where nothing that counts is lost."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from torch import Tensor

from clspec.analyses import Analysis
from clspec.checkpoint_file import CheckpointError, Contents, judge_plan
from clspec.comparison.carrying import Names
from clspec.comparison.judgement import judge
from clspec.comparison.matching import Matching, match
from clspec.comparison.strictness import Strictness
from clspec.comparison.verdict import loss_lines, verdict_line
from clspec.growth import Rule
from clspec.nn.saved import pack, unpack

LOG = "_extra_state"
"""What the model as a whole remembers."""


@dataclass(frozen=True)
class Transfer:
    """What a checkpoint holds, as a model of NEW calls it.

    `state` is its state dict, `fixed` are the parameters without gradient, `undone` the rules that held from the start
    in OLD alone, `begun` those that do in NEW alone.
    """

    state: Mapping[str, Tensor]
    fixed: frozenset[str]
    undone: Sequence[Rule]
    begun: Sequence[Rule]
    names: Names

    def optimizer_state(self, state: Mapping[str, Any]) -> dict[str, Any]:
        """The state of an optimizer, by the names of NEW."""
        kept = {self.names.of(name): entry for name, entry in state["state"].items()}
        groups = [
            {**entry, "params": [into for name in entry["params"] if (into := self.names.of(name))]}
            for entry in state["param_groups"]
        ]
        return {"state": {name: entry for name, entry in kept.items() if name}, "param_groups": groups}


def transfer(
    contents: Contents, state: Mapping[str, Tensor], old: Analysis, new: Analysis, strictness: Strictness
) -> Transfer:
    """Raises CheckpointError, in the words of `clspec breaking`, where something is lost that counts."""
    judge_plan(contents, (planned.rule for planned in old.plan.rules))
    judgement = judge(old, new, strictness)
    if judgement.losses:
        lines = "\n  ".join(loss_lines(judgement))
        raise CheckpointError(f"it does not fit {new.spec.file}: {verdict_line(judgement)}\n  {lines}")
    matching, names = match(old, new), Names(judgement.keys)
    carried = {into: tensor for key, tensor in state.items() if (into := names.of(key)) is not None}
    memory = _Renamer(matching, names, tuple(state)).memory(unpack(state[LOG], "the model"))
    memory["timeline"]["pending"] = _waiting(memory["timeline"]["pending"], old, new, matching)
    carried[LOG] = pack(memory)
    fixed = frozenset(into for name in contents.fixed if (into := names.of(name)))
    return Transfer(carried, fixed, *_from_the_start(old, new, matching), names)


@dataclass(frozen=True)
class _Renamer:
    """Gives what a model remembers the names of NEW."""

    matching: Matching
    names: Names
    keys: tuple[str, ...]

    def path(self, path: str) -> str:
        """A part, something in it or a parameter; what NEW has not keeps its name, by which nothing is found."""
        return self.names.below(path, self.keys) or self.names.of(path) or self.matching.moved(path)

    def memory(self, memory: Mapping[str, Any]) -> dict[str, Any]:
        parts = {name: [[self.path(path), value] for path, value in memory[name]] for name in ("frozen", "resets")}
        targets = [target.partition("[") for target in memory["fed"]]
        fed = [self.path(part) + bracket + rest for part, bracket, rest in targets]
        stale = [self.path(name) for name in memory["stale"]]
        return {**memory, **parts, "fed": fed, "stale": stale, "timeline": dict(memory["timeline"])}


def _waiting(positions: Sequence[int], old: Analysis, new: Analysis, matching: Matching) -> list[int]:
    """Where in the plan of NEW the `after` rules stand that wait; those that it has not no longer do."""
    rules = [planned.rule for planned in new.plan.rules]
    waiting = [matching.renamed(old.plan.rules[position].rule) for position in positions]
    return [rules.index(rule) for rule in waiting if rule in rules]


def _from_the_start(old: Analysis, new: Analysis, matching: Matching) -> tuple[list[Rule], list[Rule]]:
    """The rules that held from the start in OLD alone, and in NEW alone.

    What other rules of OLD freeze too stays as it was saved.
    """
    before, after = [matching.renamed(each.rule) for each in old.plan.rules], [each.rule for each in new.plan.rules]
    starts, others = ([rule for rule in before if (rule.trigger.event == "start") == first] for first in (True, False))
    held = [rule.part for rule in others if rule.action == "freeze"]
    undone = [
        replace(rule, action="unfreeze")
        for rule in starts
        if rule not in after and rule.action == "freeze" and not any(_touch(rule.part, part) for part in held)
    ]
    return undone, [rule for rule in after if rule.trigger.event == "start" and rule not in before]


def _touch(one: str, other: str) -> bool:
    """Whether one of two parts is the other or lies in it."""
    return f"{one}.".startswith(f"{other}.") or f"{other}.".startswith(f"{one}.")
