"""What Lark makes of the grammar, as data: `tables.json`, written by `make grammar`.

Building Lark's parser takes longer than checking a spec, so the package ships what comes out of it.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Literal, NamedTuple

FILE = Path(__file__).with_name("tables.json")

Step = int | str
"""What to do on meeting a word: shift to a state (0 and up), reduce by rule ~step (below 0), or, where a rule only
passes its one child on (`_factor: _atom`), go on as if the nonterminal of this name had been there at once."""


class Reduction(NamedTuple):
    """A rule of the grammar: its name, how many symbols it takes, and the positions of those that mean something.

    It makes a `node`, the `list` of its children (`_references`), or is its one `child` (`_atom: "(" _value ")"`).
    What stands at a position of `spliced` is such a list, whose items count as children of the rule itself.
    """

    name: str
    makes: Literal["node", "list", "child"]
    size: int
    children: list[int]
    spliced: list[int]


@dataclass(frozen=True)
class Tables:
    """Lark's lexer as one pattern whose groups are the kinds of words, and its LALR automaton.

    `reserved` are the names that are words of the language. For each state, `steps` says what to do on each kind of
    word, and `follows` to which state a complete rule leads.
    """

    pattern: re.Pattern[str]
    reserved: dict[str, str]
    starts: dict[str, int]
    reductions: tuple[Reduction, ...]
    steps: list[dict[str, Step]]
    follows: list[dict[str, int]]


@cache
def tables() -> Tables:
    """The tables, read once a process."""
    data = json.loads(FILE.read_text("utf-8"))
    reductions = tuple(Reduction(*row) for row in data["reductions"])
    pattern = re.compile(data["pattern"])
    return Tables(pattern, data["reserved"], data["starts"], reductions, data["steps"], data["follows"])
