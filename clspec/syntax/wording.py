"""Puts a syntax error into words: what stands there, what could, and what to do about it."""

from __future__ import annotations

import re
from dataclasses import dataclass

from lark import Token

from clspec.diagnostics import Diagnostic, Related, nearest
from clspec.syntax.tokens import end_of, start_of
from clspec.syntax.words import Locate

OPENERS = {"LPAR", "LSQB", "LBRACE"}
CLOSERS = {"LPAR": "RPAR", "LSQB": "RSQB", "LBRACE": "RBRACE"}
_TOP_WORDS = {"CLSPEC", "USE", "STREAM", "MODEL"}
VERBS = {"FREEZE", "UNFREEZE", "RESET", "EXPAND", "BRANCH", "OBSERVE", "ALIGN"}
_BODY_WORDS = {"INPUT", "BACKBONE", "NECK", "HEAD", "GROUP", "WHEN", "AFTER", "OUTPUT", "REQUIRE"}
STATEMENT_WORDS = _TOP_WORDS | _BODY_WORDS | VERBS
"""The words that statements begin with."""
MISPLACED = ("REQUIRE", "USE", "STREAM", "MODEL")
"""Those of statements that may not stand in every body."""

_SYMBOLS = {
    "COLON": ":", "COMMA": ",", "SEMICOLON": ";", "EQUAL": "=", "LESS_EQUAL": "<=", "UP_TO": "..", "DOT": ".",
    "PLUS": "+", "MINUS": "-", "STAR": "*", "SLASH": "/", "DOUBLE_SLASH": "//",
    "LPAR": "(", "RPAR": ")", "LSQB": "[", "RSQB": "]", "LBRACE": "{", "RBRACE": "}",
}  # fmt: skip
_OPERATORS = {"PLUS", "MINUS", "STAR", "SLASH", "DOUBLE_SLASH"}
_KINDS = {"NAME": "a name", "INTEGER": "an integer", "DECIMAL": "a number", "TEXT": "a string", "$END": "the end"}
_FREE_WORDS = {"TRAIN", "EVAL", "PARAMETERS", "TRAINABLE", "MEMORY", "EXPERIENCE", "NEW_CLASS", "NEW_TASK"}
_OTHER_WORDS = {"AS", "FROM", "IN", "OVER", "UNTIL", "TRUE", "FALSE", "NONE"}
WORDS = STATEMENT_WORDS | _FREE_WORDS | _OTHER_WORDS
_VALUE_WORDS = {"NAME", "INTEGER", "DECIMAL", "TEXT", "TRUE", "FALSE", "NONE", "LSQB", "LPAR", "MINUS"}


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
        return Diagnostic("CL002", f"{ending}; expected {expected}", span, _help(scene), related)
    special = _special(scene)
    if special is not None:
        code, message = special
        return Diagnostic(code, message, span, _help(scene), related)
    previous = scene.previous
    if previous is not None and scene.insert and not scene.drop and previous.end_line != token.line:
        # What is missing belongs behind the line above, not before the word that was met.
        span = locate(end_of(previous), end_of(previous))
        return Diagnostic("CL001", f"expected {expected} after {_written(previous)}", span, _help(scene), related)
    return Diagnostic("CL001", f"unexpected {_written(token)}; expected {expected}", span, _help(scene), related)


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
    if token.type == "NAME" and accepts & (_BODY_WORDS | {"MODEL"}) and _begins_line(scene):
        return "CL001", f'no statement begins with "{_clip(token)}"'
    return None


def _help(scene: Scene) -> str | None:
    token, accepts = scene.token, scene.accepts
    if token.type == "NAME":
        words = {kind.lower() for kind in accepts & (WORDS if "NAME" not in accepts else STATEMENT_WORDS)}
        near = nearest(str(token).lower(), words)
        if near:
            return near
    if scene.misplaced:
        return "a budget is for a whole model" if token.type == "REQUIRE" else "write it above the model"
    if token.type in STATEMENT_WORDS and "MODEL" in accepts:
        return "write it between the braces of `model NAME { ... }`"
    if token.type in VERBS and "LBRACE" in accepts and scene.statement in ("WHEN", "AFTER"):
        return f"the actions of a rule stand in braces: `when new_task {{ {token} ... }}`"
    if token.type == "FROM" and "EQUAL" in accepts:
        return "`from` stands last: `neck a = linear(64) from b`"
    if token.type == "FROM" and scene.statement == "INPUT":
        return "an input reads nothing; give the `from` to the node behind it"
    if token.type == "FROM" and scene.statement == "FREEZE":
        return "`freeze X until PATH`, `unfreeze X from PATH`"
    if token.type == "UNTIL" and scene.statement == "UNFREEZE":
        return "`freeze X until PATH`, `unfreeze X from PATH`"
    around = {word.type for word in scene.tokens[max(scene.position - 1, 0) : scene.position + 2]}
    if token.type == "DOT" and around & {"UP_TO"}:
        return "a range has two points: `1..3`"
    if token.type == "DOT" and around & {"INTEGER"}:
        return "a number has digits on both sides of its point: `0.5`, `2.0`"
    if token.type in WORDS and scene.drop and "NAME" in scene.insert:
        return "choose another name"
    return _habit(scene)


def _habit(scene: Scene) -> str | None:
    """What is written here, where another language writes something else."""
    token, accepts, statement = scene.token, scene.accepts, scene.statement
    following = scene.tokens[scene.position + 1].type if scene.position + 1 < len(scene.tokens) else ""
    match token.type:
        case "NAME" if "NECK" in accepts and following == "EQUAL" and _begins_line(scene):
            return f"a part begins with its role: `neck {token} = ...`"
        case "NAME" if statement == "USE":
            return 'a path stands in quotes: `use "blocks/necks.clspec"`'
        case "COLON" if "LBRACE" in accepts:
            return "a body stands in braces: `model NAME { ... }`"
        case "COLON" if statement == "CLSPEC":
            return "write `clspec 1`; `clspec: 1` is for files that end in .yaml"
        case "DOUBLE_SLASH":
            return "a comment begins with `#`"
        case "MINUS" if "EQUAL" in accepts or accepts <= {"$END", "DOT"}:
            return "names are letters, digits and underscores"
        case "EQUAL" if "LESS_EQUAL" in accepts:
            return "the only comparison is `<=`, in `require`"
        case "RPAR" | "COMMA" if statement == "MODEL" and "EQUAL" in accepts:
            return f"a parameter has a default: `{scene.previous}=64`"
        case "RBRACE" if accepts >= VERBS:
            return "such as `{ freeze trunk }`"
        case "SEMICOLON" if scene.rule == "action":
            return "each action is an entry of its own: `do: [freeze a, reset b]`"
        case _:
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
        take(_FREE_WORDS | {"NAME", "LSQB"}, "a component")
    elif {"NAME", "HEAD"} <= left:
        take(WORDS | {"NAME", "INTEGER"}, "a name or a number" if "INTEGER" in left else "a name")
    elif {"NAME", "TRAIN"} <= left:
        take(_FREE_WORDS | {"NAME"}, "a name")
    elif {"NECK", "HEAD"} <= left and "WHEN" in left:
        take(_BODY_WORDS | VERBS | {"LBRACE", "TEXT"}, "a statement")
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


def _begins_line(scene: Scene) -> bool:
    return scene.previous is None or scene.previous.end_line != scene.token.line
