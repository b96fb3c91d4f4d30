"""The words that a text falls into. What is no word is reported here and read as its best guess."""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from clspec.diagnostics import Diagnostic
from clspec.source import Span
from clspec.syntax.tables import tables

Locate = Callable[[int, int], Span]
"""Makes a span of two offsets into the text that is being read (which may be a piece of a YAML file)."""

Word = tuple[str, str, int, int]
"""The kind of a word, its text, and the offsets at which it starts and ends: a tuple, as a file has very many."""

LONGEST_TEXT = 1_000_000
LONGEST_INTEGER = 19
LONGEST_DECIMAL = 60
STAND_IN_DIGITS = 40
"""So much of a longer integer is kept to check the rest of the file with: no size is that large."""
DEEPEST_NESTING = 100
UNKNOWN = "_"
"""The name of what a broken statement does not say: the name of nothing."""
_CURLY = "\u201c\u201d\u201e\u2018\u2019"
MOST_UNREADABLE = 100


@dataclass(frozen=True)
class Words:
    """The words of a text in order, its comments, and what was wrong with single words."""

    words: list[Word]
    comments: list[Word]
    diagnostics: list[Diagnostic]


def read_words(text: str, locate: Locate) -> Words:
    """Splits a text into words. Unreadable ones are replaced by what they were probably meant to be, or left out."""
    if len(text) > LONGEST_TEXT:
        message = f"the spec has {len(text):,} characters; at most {LONGEST_TEXT:,} are read"
        return Words([], [], [Diagnostic("CL011", message, locate(0, 0))])
    words, comments, unreadable = _split(text)
    for word in unreadable:
        words += _guess(word)
    if unreadable:
        words.sort(key=lambda word: word[2])
    diagnostics = [_unreadable(word, locate) for word in unreadable[:MOST_UNREADABLE]]
    diagnostics += [found for word in words if word[0] in _CHECKED and (found := _check(word, locate)) is not None]
    too_deep = _too_deep(words)
    if too_deep is not None:
        message = f"nested more than {DEEPEST_NESTING} levels deep"
        return Words([], [], [Diagnostic("CL013", message, _at(too_deep, locate))])
    return Words(words, comments, diagnostics)


def _split(text: str) -> tuple[list[Word], list[Word], list[Word]]:
    """The words of the language, the comments, and what is no word."""
    table = tables()
    reserved = table.reserved
    words: list[Word] = []
    others: dict[str, list[Word]] = {"COMMENT": [], "UNREADABLE": [], "WHITE_SPACE": []}
    for found in table.pattern.finditer(text):
        kind = found.lastgroup or ""
        word = found.group()
        if kind == "NAME":
            words.append((reserved.get(word, kind), word, *found.span()))
        elif kind in others:
            others[kind].append((kind, word, *found.span()))
        else:
            words.append((kind, word, *found.span()))
    return words, others["COMMENT"], others["UNREADABLE"]


def _at(word: Word, locate: Locate) -> Span:
    return locate(word[2], word[3])


# ---- words that are none ---------------------------------------------------------------------------------------------


def _unreadable(found: Word, locate: Locate) -> Diagnostic:
    word, span = found[1], _at(found, locate)
    if word[0] == '"':
        return Diagnostic("CL001", "this string does not end", span, 'close it with `"` on the same line')
    if word[0] == "'":
        help_ = f"strings stand in double quotes: `{json.dumps(word[1:-1])}`"
        return Diagnostic("CL001", f"unexpected {_clip(word)}", span, help_)
    if word[0].isdigit() and word.isascii():
        help_ = "a number is digits, such as `400_000`, `0.5` or `1e-3`; a name begins with a letter"
        return Diagnostic("CL001", f'"{_clip(word)}" is neither a number nor a name', span, help_)
    if word[0].isalnum() or word[0] == "_":
        return Diagnostic(
            "CL103", f'"{_clip(word)}" is not a name', span, "names are ASCII letters, digits and underscores"
        )
    return Diagnostic("CL001", f"unexpected {_spell(word)}", span, _instead_of(word))


def is_sign(text: str) -> bool:
    """Whether a text that is no word is no attempt at a name, a number or a string either."""
    return not (text[:1].isalnum() or text[:1] in "_\"'" + _CURLY)


def _instead_of(word: str) -> str | None:
    """What the language has where another one has a sign that it does not know."""
    if word in ("<", ">", ">=", "=="):
        return "the only comparison is `<=`, in `require`"
    if word[0] in _CURLY:
        return f"strings stand in straight quotes: `{json.dumps(word.strip(_CURLY))}`"
    if word in ("%", "^", "&", "|", "~", "!"):
        return "arithmetic knows `+`, `-`, `*`, `/`, `//` and parentheses"
    if word[0] in "$@":
        return "a parameter stands by its name alone"
    return "write an ordinary space" if word.isspace() else None


def _spell(word: str) -> str:
    if word.isprintable() and word.strip():
        return f'"{_clip(word)}"'
    import unicodedata

    return f"character U+{ord(word[0]):04X} ({unicodedata.name(word[0], 'a control character').lower()})"


def _clip(word: str) -> str:
    return word if len(word) <= 40 else word[:37] + "..."


def _guess(unreadable: Word) -> list[Word]:
    """What an unreadable word was probably meant to be, so that it brings no second finding."""
    _, word, start, end = unreadable
    if word[0] in "\"'" + _CURLY:
        return [("TEXT", '""', start, end)]
    if word[0].isdigit():
        return [("INTEGER", "0", start, end)]
    if word[0].isalnum() or word[0] == "_":
        return [("NAME", "_", start, end)]
    if word in ("<", ">", ">="):
        return [("LESS_EQUAL", "<=", start, end)]
    if word in ("%", "^", "&", "|"):
        return [("STAR", "*", start, end)]
    return [("EQUAL", "=", start, end)] if word == "==" else []


def only_values(diagnostics: Iterable[Diagnostic]) -> bool:
    """Whether values alone are wrong: then the text still says a spec, which can be checked."""
    return all(found.code in ("CL204", "CL213") for found in diagnostics)


# ---- words that say too much -----------------------------------------------------------------------------------------


_CHECKED = {"INTEGER", "DECIMAL", "TEXT"}


def _check(word: Word, locate: Locate) -> Diagnostic | None:
    kind, text, _, _ = word
    if kind == "INTEGER":
        digits = len(text) - text.count("_")
        if digits > LONGEST_INTEGER:
            message = f"an integer of {digits} digits; at most {LONGEST_INTEGER} are read"
            return Diagnostic("CL213", message, _at(word, locate))
    if kind == "DECIMAL" and (len(text) > LONGEST_DECIMAL or not math.isfinite(float(text))):
        return Diagnostic("CL213", f'"{_clip(text)}" is no number that can be stored', _at(word, locate))
    return _check_text(word, locate) if kind == "TEXT" else None


def _check_text(word: Word, locate: Locate) -> Diagnostic | None:
    text = word[1]
    try:
        value = json.loads(text)
    except json.JSONDecodeError as error:
        start = word[2] + error.pos
        piece = text[error.pos : error.pos + 2]
        if piece[0] != "\\" and piece[0].isprintable():  # json points behind the backslash of `\u`
            start, piece = start - 1, text[error.pos - 1 : error.pos + 1]
        if piece[0] == "\\":
            help_ = r"a string knows `\"`, `\\`, `\/`, `\b`, `\f`, `\n`, `\r`, `\t` and `\u00e9`"
            span = locate(start, start + len(piece))
            return Diagnostic("CL001", f'unknown escape "{piece}" in a string', span, help_)
        help_ = "write it as an escape, such as `\\t` or `\\u0007`"
        return Diagnostic("CL001", f"{_spell(piece[0])} in a string", locate(start, start + 1), help_)
    if any("\ud800" <= character <= "\udfff" for character in value):
        message = "half a surrogate pair in a string stands for no character"
        return Diagnostic("CL001", message, _at(word, locate))
    return None


_OPEN, _CLOSE = {"LPAR", "LSQB", "LBRACE"}, {"RPAR", "RSQB", "RBRACE"}
_OPERATORS = {"PLUS", "MINUS", "STAR", "SLASH", "DOUBLE_SLASH"}
_OPERANDS = {"NAME", "INTEGER", "DECIMAL", "TEXT", "DOT"}


def _too_deep(words: list[Word]) -> Word | None:
    """The word at which brackets and chained operators together nest too deep for trees to be walked."""
    levels = [0]
    total = 0
    for word in words:
        kind = word[0]
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
            return word
    return None
