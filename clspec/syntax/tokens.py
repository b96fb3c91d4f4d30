"""Words as Lark's tokens, which know their lines: what the search for errors works on."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable

from lark import Token

from clspec.syntax.words import Word


def as_tokens(words: Iterable[Word], text: str) -> list[Token]:
    """The words of a text as tokens."""
    ends = [position for position, character in enumerate(text) if character == "\n"]

    def line(offset: int) -> int:
        return bisect_right(ends, offset - 1) + 1

    return [
        Token(kind, word, start_pos=start, line=line(start), end_line=line(end), end_pos=end)
        for kind, word, start, end in words
    ]


def start_of(token: Token) -> int:
    """Where a token starts; a token that was put in by a repair counts as 0."""
    return token.start_pos or 0


def end_of(token: Token) -> int:
    """Where a token ends."""
    return token.end_pos or 0
