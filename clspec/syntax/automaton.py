"""The parser's states, so that ways to go on after a syntax error can be tried on copies."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

from lark import Token
from lark.parsers.lalr_analysis import Shift

from clspec.syntax.grammar import parse_steps
from clspec.syntax.scene import CLOSERS, OPENERS, STATEMENT_WORDS


class Entry(NamedTuple):
    """One state of the parser, with the word that led to it where it was a word."""

    state: Any
    token: Token | None


Stack = list[Entry]


class Automaton:
    """The parser's states alone, without the values they build, so that repairs can be tried on copies."""

    def __init__(self, rule: str) -> None:
        conf = parse_steps(rule).parser_state.parse_conf
        self._table: Mapping[Any, Mapping[str, tuple[Any, Any]]] = conf.states
        self._end = conf.end_state
        self.start: Stack = [Entry(conf.start_state, None)]

    def step(self, stack: Stack, token: Token) -> Stack | None:
        """The states after one more word, None where the word cannot stand here."""
        stack = stack.copy()
        while True:
            found = self._table[stack[-1].state].get(token.type)
            if found is None:
                return None
            action, target = found
            if action is Shift:
                stack.append(Entry(target, token))
                return stack
            if target.expansion:
                del stack[-len(target.expansion) :]
            reached = self._table[stack[-1].state][target.origin.name][1]
            stack.append(Entry(reached, None))
            if token.type == "$END" and reached == self._end:
                return stack

    def walk(self, stack: Stack, tokens: Iterable[Token]) -> tuple[Stack, int]:
        """The states after as many of the words as can stand here, and how many those are."""
        count = 0
        for token in tokens:
            after = self.step(stack, token)
            if after is None:
                break
            stack, count = after, count + 1
        return stack, count

    def accepts(self, stack: Stack) -> set[str]:
        """The kinds of words that can stand here."""
        found = {kind for kind in self._table[stack[-1].state] if kind.isupper()}
        found = {kind for kind in found if self.step(stack, Token(kind, "")) is not None}
        if not found >= {"NECK", "MODEL"}:
            return found
        # Every word can stand here, to name an argument or a step of a path: nobody misses one.
        return found - STATEMENT_WORDS - ({"FROM"} if "LSQB" in found else set())


def open_brackets(stack: Stack) -> list[Token]:
    """The brackets not closed yet, the innermost first."""
    opened: list[Token] = []
    for entry in stack:
        if entry.token is not None and entry.token.type in OPENERS:
            opened.append(entry.token)
        elif entry.token is not None and entry.token.type in CLOSERS.values():
            del opened[-1:]  # a closed pair stays on the stack until its rule is complete
    return opened[::-1]
