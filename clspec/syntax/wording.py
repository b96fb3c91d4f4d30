"""Puts a syntax error into words: what stands there, what could, and what to do about it."""

from __future__ import annotations

import re

from lark import Token

from clspec.diagnostics import Diagnostic, Related
from clspec.syntax.habits import suggest
from clspec.syntax.scene import BODY_WORDS, CLOSERS, FREE_WORDS, MISPLACED, STATEMENT_WORDS, VERBS, WORDS, Scene
from clspec.syntax.tokens import end_of, start_of
from clspec.syntax.words import Locate

_SYMBOLS = {
    "COLON": ":", "COMMA": ",", "SEMICOLON": ";", "EQUAL": "=", "LESS_EQUAL": "<=", "UP_TO": "..", "DOT": ".",
    "PLUS": "+", "MINUS": "-", "STAR": "*", "SLASH": "/", "DOUBLE_SLASH": "//",
    "LPAR": "(", "RPAR": ")", "LSQB": "[", "RSQB": "]", "LBRACE": "{", "RBRACE": "}",
}  # fmt: skip
_OPERATORS = {"PLUS", "MINUS", "STAR", "SLASH", "DOUBLE_SLASH"}
_KINDS = {"NAME": "a name", "INTEGER": "an integer", "DECIMAL": "a number", "TEXT": "a string", "$END": "the end"}
_VALUE_WORDS = {"NAME", "INTEGER", "DECIMAL", "TEXT", "TRUE", "FALSE", "NONE", "LSQB", "LPAR", "MINUS"}


def describe(scene: Scene, locate: Locate) -> Diagnostic:
    """The finding for one error."""
    token = scene.token
    span = locate(start_of(token), end_of(token))
    related: tuple[Related, ...] = ()
    expected = _expected(scene)
    if scene.opened and CLOSERS[scene.opened[0].type] in scene.insert:
        bracket = scene.opened[0]
        if token.type == "$END" or bracket.line != token.line:
            related = (Related("opened here", locate(start_of(bracket), end_of(bracket))),)
        if not scene.drop and scene.accepts >= {CLOSERS[bracket.type]} and token.type in STATEMENT_WORDS | {"$END"}:
            expected = f"`{_SYMBOLS[CLOSERS[bracket.type]]}`"
    if token.type == "$END":
        ending = "the file ends too early" if scene.rule == "document" else "the text ends too early"
        return Diagnostic("CL002", f"{ending}; expected {expected}", span, suggest(scene), related)
    special = _special(scene)
    if special is not None:
        code, message = special
        return Diagnostic(code, message, span, suggest(scene), related)
    previous = scene.previous
    if previous is not None and scene.insert and not scene.drop and previous.end_line != token.line:
        # What is missing belongs behind the line above, not before the word that was met.
        span = locate(end_of(previous), end_of(previous))
        return Diagnostic("CL001", f"expected {expected} after {_written(previous)}", span, suggest(scene), related)
    return Diagnostic("CL001", f"unexpected {_written(token)}; expected {expected}", span, suggest(scene), related)


def misplaced(token: Token, accepts: set[str], column: int) -> bool:
    """Whether a whole statement stands where its kind cannot: a `require` in a group, a `stream` in a model.

    One that begins its line without an indent is rather behind a model whose `}` is missing.
    """
    return "GROUP" in accepts and token.type in MISPLACED and column > 1


def _special(scene: Scene) -> tuple[str, str] | None:
    """Errors that have a better name than "unexpected"."""
    token, accepts = scene.token, scene.accepts
    if token.type in WORDS and scene.drop and "NAME" in scene.insert:
        return "CL103", f'"{token}" is a word of the language and cannot be a name here'
    if scene.misplaced:
        return "CL001", f"a `{token}` cannot stand in a {'group' if token.type == 'REQUIRE' else 'model'}"
    if "MODEL" in accepts and token.type in STATEMENT_WORDS:
        return "CL001", f'"{token}" stands outside of any model'
    if token.type == "RBRACE" and "MODEL" in accepts:
        return "CL001", 'unexpected "}"; no `{` is open here'
    if token.type == "NAME" and accepts & (BODY_WORDS | {"MODEL"}) and scene.begins_line:
        return "CL001", f'no statement begins with "{_clip(token)}"'
    return None


def _expected(scene: Scene) -> str:
    """The words that could stand here, grouped: "a value", "a component", "`,` or `)`"."""
    left, found = set(scene.accepts), list[str]()

    def take(kinds: set[str], words: str) -> None:
        found.append(words)
        left.difference_update(kinds)

    if {"NAME", "TEXT", "MINUS"} <= left:
        take(_VALUE_WORDS | WORDS, "a component" if scene.opened and scene.opened[0].type == "LSQB" else "a value")
    elif {"NAME", "LSQB", "TRAIN"} <= left:
        take(FREE_WORDS | {"NAME", "LSQB"}, "a component")
    elif {"NAME", "UNTIL"} <= left:
        take(WORDS | {"NAME", "INTEGER"}, "a name or a number" if "INTEGER" in left else "a name")
    elif {"NAME", "TRAIN"} <= left:
        take(FREE_WORDS | {"NAME"}, "a name")
    elif {"NECK", "HEAD"} <= left and "WHEN" in left:
        take(BODY_WORDS | VERBS | {"LBRACE", "TEXT"}, "a statement")
    elif left >= VERBS:
        take(VERBS, "an action")
    if len(left - _OPERATORS - {"DOT", "SEMICOLON"}) + len(found) > 0:
        left -= _OPERATORS | {"DOT", "SEMICOLON"}
    if found or len(left) > 3:
        left.discard("LSQB")
    if "a value" in found or "a component" in found:
        left.clear()
    # The end of the file is never what a user forgot to write.
    left.discard("$END")
    words = sorted(_word(kind) for kind in left)
    every = [*found, *words] if not found or found == ["a statement"] else [*words, *found]
    if len(every) > 5:
        every = [*every[:5], "more"]
    return " or ".join(filter(None, [", ".join(every[:-1]), every[-1]])) if every else "the end"


def _word(kind: str) -> str:
    return _KINDS.get(kind) or f"`{_SYMBOLS.get(kind, kind.lower())}`"


def _written(token: Token) -> str:
    text = _clip(token)
    return f"string {text}" if token.type == "TEXT" else f'"{text}"'


def _clip(token: Token) -> str:
    text = re.sub(r"\s+", " ", str(token))
    return text if len(text) <= 40 else text[:37] + '..."'[: 4 if token.type == "TEXT" else 3]
