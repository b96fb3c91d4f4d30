"""The grammar, and the words that a text falls into. What is no word is reported here and read as its best guess."""

from __future__ import annotations

import json
import math
import unicodedata
from collections.abc import Callable, Iterable
from contextvars import ContextVar
from dataclasses import dataclass
from functools import cache
from typing import Any, cast

from lark import Lark, Token

from clspec.diagnostics import Diagnostic
from clspec.shipped import shipped_text
from clspec.source import Span

Locate = Callable[[int, int], Span]
"""Makes a span of two offsets into the text that is being read (which may be a piece of a YAML file)."""

LONGEST_TEXT = 1_000_000
LONGEST_INTEGER = 19
LONGEST_DECIMAL = 60
STAND_IN_DIGITS = 40
"""So much of a longer integer is kept to check the rest of the file with: no size is that large."""
DEEPEST_NESTING = 100
MOST_UNREADABLE = 100

STARTS = (
    *("document", "_value", "identifier", "name", "argument_name", "reference", "action"),
    *("written_trigger", "output", "budget"),
)  # fmt: skip
"""The rules that a text can be read as: a whole file, or one scalar of a YAML spec."""

# What no word of the language begins with. A run is taken whole, so that it is one finding.
_UNREADABLE = r"""
UNREADABLE.-9: /"[^"\n#]*?(?=[\s)\]},]*(#|\n|\Z))|'[^'\n]*'|\w+|[<>!=]=|[<>]|[^\w\s"'#(){}\[\],.:;=+\-*\/<>]+|[^\n]/
%ignore UNREADABLE
"""

_ignored: ContextVar[list[Token]] = ContextVar("ignored")


def grammar_text() -> str:
    """The text of `clspec.lark`."""
    return shipped_text("grammar/clspec.lark", "grammar/clspec.lark")


@cache
def lark() -> Lark:
    """The parser, built once a process."""
    return Lark(
        grammar_text() + _UNREADABLE,
        parser="lalr",
        lexer="basic",  # reads words without regard to the parser's state, so that it can go on after any error
        start=list(STARTS),
        propagate_positions=True,
        lexer_callbacks={"COMMENT": _keep, "UNREADABLE": _keep},
    )


def parse_steps(rule: str) -> Any:
    """Lark's interactive parser for one rule, which is fed word by word. (Lark's own types are incomplete.)"""
    return cast(Any, lark()).parse_interactive(start=rule)


def _split(text: str) -> list[Token]:
    # Not `Lark.lex`, which builds its lexer anew at every call.
    steps = cast(Any, lark()).parse_interactive(text, start=STARTS[0])
    return list(steps.lexer_thread.lex(steps.parser_state))


def _keep(token: Token) -> Token:
    _ignored.get().append(token)
    return token


@dataclass(frozen=True)
class Words:
    """The words of a text in order, its comments, and what was wrong with single words."""

    tokens: list[Token]
    comments: list[Token]
    diagnostics: list[Diagnostic]


def read_words(text: str, locate: Locate) -> Words:
    """Splits a text into words. Unreadable ones are replaced by what they were probably meant to be, or left out."""
    if len(text) > LONGEST_TEXT:
        message = f"the spec has {len(text):,} characters; at most {LONGEST_TEXT:,} are read"
        return Words([], [], [Diagnostic("CL011", message, locate(0, 0))])
    ignored: list[Token] = []
    reset = _ignored.set(ignored)
    try:
        tokens = _split(text)
    finally:
        _ignored.reset(reset)
    diagnostics: list[Diagnostic] = []
    for token in ignored:
        if token.type == "UNREADABLE":
            tokens += _guess(token)
            if len(diagnostics) < MOST_UNREADABLE:
                diagnostics.append(_unreadable(token, locate))
    if len(tokens) > 1 and diagnostics:
        tokens.sort(key=start_of)
    diagnostics += [found for token in tokens if (found := _check(token, locate)) is not None]
    too_deep = _too_deep(tokens)
    if too_deep is not None:
        message = f"nested more than {DEEPEST_NESTING} levels deep"
        return Words([], [], [Diagnostic("CL013", message, _at(too_deep, locate))])
    return Words(tokens, [token for token in ignored if token.type == "COMMENT"], diagnostics)


def start_of(token: Token) -> int:
    """Where a token starts; a token that was put in by a repair counts as 0."""
    return token.start_pos or 0


def end_of(token: Token) -> int:
    """Where a token ends."""
    return token.end_pos or 0


def _at(token: Token, locate: Locate) -> Span:
    return locate(start_of(token), end_of(token))


# ---- words that are none ---------------------------------------------------------------------------------------------


def _unreadable(token: Token, locate: Locate) -> Diagnostic:
    word, span = str(token), _at(token, locate)
    if word[0] == '"':
        return Diagnostic("CL001", "this string does not end", span, 'close it with `"` on the same line')
    if word[0] == "'":
        help_ = f"strings stand in double quotes: `{json.dumps(word[1:-1])}`"
        return Diagnostic("CL001", f"unexpected {_clip(word)}", span, help_)
    if word[0].isdigit() and word.isascii():
        return Diagnostic("CL001", f'"{_clip(word)}" is neither a number nor a name', span, "names begin with a letter")
    if word[0].isalnum() or word[0] == "_":
        return Diagnostic(
            "CL103", f'"{_clip(word)}" is not a name', span, "names are ASCII letters, digits and underscores"
        )
    if word in ("<", ">", ">=", "=="):
        return Diagnostic("CL001", f'unexpected "{word}"', span, "the only comparison is `<=`, in `require`")
    return Diagnostic("CL001", f"unexpected {_spell(word)}", span)


def _spell(word: str) -> str:
    if word.isprintable() and word.strip():
        return f'"{_clip(word)}"'
    return f"character U+{ord(word[0]):04X} ({unicodedata.name(word[0], 'a control character').lower()})"


def _clip(word: str) -> str:
    return word if len(word) <= 40 else word[:37] + "..."


def _guess(token: Token) -> list[Token]:
    """What an unreadable word was probably meant to be, so that it brings no second finding."""
    word = str(token)
    if word[0] in "\"'":
        return [Token.new_borrow_pos("TEXT", '""', token)]
    if word[0].isdigit():
        return [Token.new_borrow_pos("INTEGER", "0", token)]
    if word[0].isalnum() or word[0] == "_":
        return [Token.new_borrow_pos("NAME", "_", token)]
    if word in ("<", ">", ">="):
        return [Token.new_borrow_pos("LESS_EQUAL", "<=", token)]
    return [Token.new_borrow_pos("EQUAL", "=", token)] if word == "==" else []


def only_values(diagnostics: Iterable[Diagnostic]) -> bool:
    """Whether values alone are wrong: then the text still says a spec, which can be checked."""
    return all(found.code in ("CL204", "CL210") for found in diagnostics)


# ---- words that say too much -----------------------------------------------------------------------------------------


def _check(token: Token, locate: Locate) -> Diagnostic | None:
    if token.type == "INTEGER":
        digits = sum(character != "_" for character in token)
        if digits > LONGEST_INTEGER:
            message = f"an integer of {digits} digits; at most {LONGEST_INTEGER} are read"
            return Diagnostic("CL210", message, _at(token, locate))
    if token.type == "DECIMAL" and (len(token) > LONGEST_DECIMAL or not math.isfinite(float(token))):
        return Diagnostic("CL210", f'"{_clip(token)}" is no number that can be stored', _at(token, locate))
    return _check_text(token, locate) if token.type == "TEXT" else None


def _check_text(token: Token, locate: Locate) -> Diagnostic | None:
    try:
        value = json.loads(token)
    except json.JSONDecodeError as error:
        start = start_of(token) + error.pos
        piece = token[error.pos : error.pos + 2]
        if piece[0] != "\\" and piece[0].isprintable():  # json points behind the backslash of `\u`
            start, piece = start - 1, token[error.pos - 1 : error.pos + 1]
        if piece[0] == "\\":
            help_ = r"a string knows `\"`, `\\`, `\/`, `\b`, `\f`, `\n`, `\r`, `\t` and `\u00e9`"
            span = locate(start, start + len(piece))
            return Diagnostic("CL001", f'unknown escape "{piece}" in a string', span, help_)
        help_ = "write it as an escape, such as `\\t` or `\\u0007`"
        return Diagnostic("CL001", f"{_spell(piece[0])} in a string", locate(start, start + 1), help_)
    if any("\ud800" <= character <= "\udfff" for character in value):
        message = "half a surrogate pair in a string stands for no character"
        return Diagnostic("CL001", message, _at(token, locate))
    return None


_OPEN, _CLOSE = {"LPAR", "LSQB", "LBRACE"}, {"RPAR", "RSQB", "RBRACE"}
_OPERATORS = {"PLUS", "MINUS", "STAR", "SLASH", "DOUBLE_SLASH"}
_OPERANDS = {"NAME", "INTEGER", "DECIMAL", "TEXT", "DOT"}


def _too_deep(tokens: list[Token]) -> Token | None:
    """The word at which brackets and chained operators together nest too deep for trees to be walked."""
    levels = [0]
    total = 0
    for token in tokens:
        kind = token.type
        if kind in _OPEN:
            levels.append(0)
            total += 1
        elif kind in _CLOSE:
            if len(levels) > 1:
                total -= levels.pop() + 1
        elif kind in _OPERATORS:
            levels[-1] += 1
            total += 1
        elif kind not in _OPERANDS:  # a comma or a word of the language begins a new expression
            total -= levels[-1]
            levels[-1] = 0
        if total > DEEPEST_NESTING:
            return token
    return None
