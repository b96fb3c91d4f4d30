"""Makes of a text with syntax errors one that can be checked: in place of each broken statement stands an unknown one.

A part keeps its role and its name and is made of `_`, which is no component. What is found out about that follows from
the error that was told already (`clspec.consequences` leaves it out), and what reads such a part is not judged.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Literal, NamedTuple

from lark import Token

from clspec.syntax.scene import ROLES, STATEMENT_WORDS, TOP_WORDS, VERBS
from clspec.syntax.tokens import end_of, start_of
from clspec.syntax.words import UNKNOWN, Word

_WITHOUT_PARTS = VERBS | TOP_WORDS | {"WHEN", "AFTER", "LBRACE", "TEXT", "OUTPUT", "REQUIRE"}


_NAME = re.compile("[A-Za-z]\\w*")


class Edit(NamedTuple):
    """One repair: before the word at `position` the words `insert` were put in, and `drop` words were left out.

    `begins`: what was left out began a statement of its own. `in_rule`: it is between the braces of a rule.
    """

    position: int
    insert: tuple[str, ...]
    drop: int
    begins: bool
    in_rule: bool


class Lost(NamedTuple):
    """Where a broken statement is, and what it may define under a name that is not to be seen in it."""

    start: int
    end: int
    nameless: Literal["part", "model"] | None


@dataclass
class _Cell:
    """A word as it was written or put in. `first`: a statement may begin here."""

    kind: str
    text: str
    start: int
    end: int
    first: bool
    broken: bool = False
    lost: bool = False


def mend(tokens: Sequence[Token], edits: Iterable[Edit], wrong: Iterable[int]) -> tuple[list[Word], list[Lost]]:
    """The words to check in place of a text's tokens, and where the broken statements are.

    `wrong` are the offsets of words that are wrong by themselves.
    """
    mender = _Mender(sorted(wrong))
    for cell in _cells(tokens, edits):
        mender.take(cell)
    mender.flush()
    return mender.words, mender.broken


def keeps_blocks(tokens: Sequence[Token], edits: Iterable[Edit]) -> bool:
    """Whether all statements still stand in the block they were written in, so that they can be checked.

    A missing `}` is no matter where only a rule, or only a model, can have lacked it.
    """
    for position, insert, drop, _, in_rule in edits:
        lost = [token.type for token in tokens[position : position + drop]]
        if lost.count("LBRACE") != lost.count("RBRACE"):
            return False
        ends = tokens[position].type in TOP_WORDS | {"$END"}
        of_model = ends and not any(token.type == "GROUP" for token in tokens)
        of_rule = in_rule and insert.count("RBRACE") == 1
        if "RBRACE" in insert and not (of_model or of_rule):
            return False
    return True


def _cells(tokens: Sequence[Token], edits: Iterable[Edit]) -> list[_Cell]:
    """The words of a text as the repairs left them; what they left out stays, marked as lost."""
    cells = [
        _Cell(token.type, str(token), start_of(token), end_of(token), first=_first_on_line(tokens, position))
        for position, token in enumerate(tokens)
    ]
    put_in: dict[int, list[_Cell]] = {}
    for position, insert, drop, begins, _ in edits:
        first = _first_on_line(tokens, position)
        here = end_of(tokens[position - 1]) if position else 0
        if drop == 1 and insert in (("LBRACE",), ("RBRACE",)) and not cells[position].text[:1].isalnum():
            cells[position].kind = insert[0]  # a sign that stands for a brace, as `:` in Python
            continue
        only_braces = not drop and set(insert) <= {"LBRACE", "RBRACE"}
        put_in[position] = put_in.get(position, []) + [
            _Cell(kind, UNKNOWN, here, here, first and kind in STATEMENT_WORDS, broken=not only_braces)
            for kind in insert
        ]
        for cell in cells[position : position + drop]:
            cell.lost = cell.broken = True
            cell.first = False
        cells[position].first = begins if drop else first
        if not drop and not only_braces and not (cells[position].kind in STATEMENT_WORDS and first):
            cells[position].broken = True
    return [cell for position, each in enumerate(cells) for cell in (*put_in.get(position, ()), each)][:-1]


def _first_on_line(tokens: Sequence[Token], position: int) -> bool:
    return position == 0 or tokens[position].line != tokens[position - 1].end_line


class _Mender:
    """Takes words one by one and passes statements on: those that are whole as they are, others as unknown ones."""

    def __init__(self, wrong: Sequence[int]) -> None:
        self.wrong = wrong
        self.words: list[Word] = []
        self.broken: list[Lost] = []
        self.statement: list[_Cell] = []
        self.bodies = 0
        self.braces_of_rule = 0

    def take(self, cell: _Cell) -> None:
        kind = "" if cell.lost else cell.kind
        began = self.statement[0].kind if self.statement else ""
        if self.braces_of_rule:
            self.statement.append(cell)
            self.braces_of_rule += (kind == "LBRACE") - (kind == "RBRACE")
            if not self.braces_of_rule:
                self.flush()
        elif kind == "LBRACE" and began in ("MODEL", "GROUP"):
            self.flush(body=True)
            self.words.append(_word(cell))
            self.bodies += 1
        elif kind == "LBRACE":
            if began not in ("WHEN", "AFTER"):
                self.flush()
            self.statement.append(cell)
            self.braces_of_rule = 1
        elif kind == "RBRACE":
            self.flush()
            self.words.append(_word(cell))
            self.bodies -= 1
        else:
            lost = bool(self.statement) and self.statement[0].lost and self.statement[-1].lost
            if began == "TEXT" or (kind in STATEMENT_WORDS and (cell.first or lost)) or (cell.first and cell.lost):
                self.flush()
            self.statement.append(cell)

    def flush(self, *, body: bool = False) -> None:
        """Passes the statement at hand on; `body`: up to the brace that its body begins with."""
        statement, self.statement, self.braces_of_rule = self.statement, [], 0
        if not statement:
            return
        start, end = statement[0].start, max(cell.end for cell in statement)
        if not any(cell.broken for cell in statement) and not any(start <= place < end for place in self.wrong):
            self.words += map(_word, statement)
            return
        outside = self.bodies <= 0 or statement[0].kind in TOP_WORDS
        self.broken.append(Lost(start, end, None if not _nameless(statement) else "model" if outside else "part"))
        for kind, text in self.unknown(statement, body=body):
            self.words.append((kind, text, start, end))

    def unknown(self, statement: list[_Cell], *, body: bool) -> list[tuple[str, str]]:
        """The words of a statement that says as much as can be made out of a broken one."""
        first = statement[0]
        name = _name_in(statement)
        if self.bodies <= 0:
            if first.kind == "CLSPEC":
                return [("CLSPEC", "clspec"), ("INTEGER", "1")]
            if first.kind == "STREAM":
                return [("STREAM", ""), name, ("EQUAL", "="), ("NAME", UNKNOWN), ("LPAR", "("), ("RPAR", ")")]
            return [("MODEL", ""), name] if body and first.kind == "MODEL" else []
        if first.kind == "GROUP" and body:
            return [("GROUP", ""), name, ("FROM", ""), ("NAME", UNKNOWN)]
        if first.kind in _WITHOUT_PARTS:
            return []
        role = next((cell.kind for cell in reversed(statement[:2]) if cell.kind in ROLES), "NECK")
        return [(role, role.lower()), name, ("EQUAL", "="), ("NAME", UNKNOWN)]


def _name_in(statement: list[_Cell]) -> tuple[str, str]:
    """The name that a broken statement gives; an input without one is called `x`."""
    if statement[0].kind == "INPUT" and "EQUAL" not in [cell.kind for cell in statement[:3]]:
        return "NAME", "x"
    written = [cell.text for cell in statement[:3] if cell.kind == "NAME" and cell.text != UNKNOWN]
    return "NAME", written[0] if written else UNKNOWN


def _nameless(statement: list[_Cell]) -> bool:
    if statement[0].kind in _WITHOUT_PARTS - {"MODEL", "STREAM"}:
        return False
    pairs = itertools.pairwise([statement[0], *statement])
    parameter = any(cell.kind == "EQUAL" and not _NAME.fullmatch(before.text) for before, cell in pairs)
    return _name_in(statement)[1] == UNKNOWN or (statement[0].kind == "MODEL" and parameter)


def _word(cell: _Cell) -> Word:
    return cell.kind, cell.text, cell.start, cell.end
