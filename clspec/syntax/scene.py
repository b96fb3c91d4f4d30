"""A syntax error as the reader met it, and the words of the language by what they are for."""

from __future__ import annotations

from dataclasses import dataclass

from lark import Token

from clspec.syntax.tokens import end_of, start_of

OPENERS = {"LPAR", "LSQB", "LBRACE"}
CLOSERS = {"LPAR": "RPAR", "LSQB": "RSQB", "LBRACE": "RBRACE"}
TOP_WORDS = {"CLSPEC", "USE", "STREAM", "MODEL"}
VERBS = {"FREEZE", "UNFREEZE", "RESET", "EXPAND", "BRANCH", "OBSERVE", "ALIGN"}
ROLES = {"INPUT", "BACKBONE", "NECK", "HEAD"}
BODY_WORDS = ROLES | {"GROUP", "WHEN", "AFTER", "OUTPUT", "REQUIRE"}
STATEMENT_WORDS = TOP_WORDS | BODY_WORDS | VERBS
"""The words that statements begin with."""
MISPLACED = ("REQUIRE", "USE", "STREAM", "MODEL")
"""Those of statements that may not stand in every body."""
FREE_WORDS = {"TRAIN", "EVAL", "PARAMETERS", "TRAINABLE", "MEMORY", "EXPERIENCE", "NEW_CLASS", "NEW_TASK"}
OTHER_WORDS = {"AS", "FROM", "IN", "OVER", "UNTIL", "TRUE", "FALSE", "NONE"}
WORDS = STATEMENT_WORDS | FREE_WORDS | OTHER_WORDS


@dataclass(frozen=True)
class Scene:
    """An error as the reader met it, with the repair it took (words put in, words left out)."""

    rule: str
    tokens: list[Token]
    position: int
    accepts: set[str]
    opened: list[Token]
    insert: tuple[str, ...]
    drop: int
    misplaced: bool

    @property
    def token(self) -> Token:
        return self.tokens[self.position]

    @property
    def previous(self) -> Token | None:
        """The word before, None where it was not written in this text."""
        found = self.tokens[self.position - 1] if self.position else None
        return found if found is not None and end_of(found) > start_of(found) else None

    @property
    def statement(self) -> str:
        """The kind of the word that the statement here began with."""
        before = reversed(self.tokens[: self.position])
        return next((token.type for token in before if token.type in STATEMENT_WORDS), "")

    @property
    def begins_line(self) -> bool:
        return self.previous is None or self.previous.end_line != self.token.line

    def ahead(self, count: int = 1) -> str:
        """The kind of a word further on, empty behind the end."""
        position = self.position + count
        return self.tokens[position].type if position < len(self.tokens) else ""
