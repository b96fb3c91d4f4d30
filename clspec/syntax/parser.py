"""Reads words by Lark's LALR tables; what a rule of the grammar says is made as soon as its last word is read."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from clspec.syntax.tables import Reduction, tables
from clspec.syntax.words import Word

Make = Callable[[list[Any], int, int], Any]
"""Makes what a rule says from its children (words, or what their rules made), its start and its end."""


def parse(rule: str, words: Iterable[Word], makers: Mapping[str, Make]) -> Any | None:
    """What words say, read as one rule; None where they break the grammar.

    `makers` has a function for each rule with a node of its own. This loop runs for every word of a file: it is one
    function, and looks up once what it can.
    """
    table = tables()
    steps, follows, reductions = table.steps, table.follows, table.reductions
    states: list[int] = [table.starts[rule]]
    values: list[Any] = []
    starts: list[int] = []
    end = 0
    for word in (*words, ("$END", "", 0, 0)):
        kind = word[0]
        step = steps[states[-1]].get(kind)
        while True:
            if isinstance(step, str):
                states.pop()
                name = step
            elif step is None:
                return None
            elif step >= 0:
                break
            else:
                reduction = reductions[~step]
                name, size = reduction.name, reduction.size
                first = len(values) - size
                children = _children(reduction, values, first)
                if reduction.makes == "node":
                    value = makers[name](children, starts[first] if size else end, end)
                else:
                    value = children if reduction.makes == "list" else children[0]
                del values[first:], states[first + 1 :], starts[first + 1 :]
                values.append(value)
                if not size:
                    starts.append(end)
            state = follows[states[-1]][name]
            states.append(state)
            step = steps[state].get(kind)
        states.append(step)
        values.append(word)
        starts.append(word[2])
        end = word[3]
    return values[-2]


def _children(reduction: Reduction, values: list[Any], first: int) -> list[Any]:
    """The values that mean something to a rule. A list that they begin with is the rule's to lengthen."""
    if not reduction.spliced:
        return [values[first + position] for position in reduction.children]
    children: list[Any] = []
    for position in reduction.children:
        value = values[first + position]
        if position not in reduction.spliced:
            children.append(value)
        elif children:
            children += value
        else:
            children = value
    return children
