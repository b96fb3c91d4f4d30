"""The grammar, and Lark's parser of it. Texts without errors are read by its tables alone, which `tables.py` holds."""

from __future__ import annotations

from functools import cache
from typing import Any, cast

from lark import Lark

from clspec.shipped import shipped_text

STARTS = (
    *("document", "_value", "identifier", "name", "argument_name", "reference", "action"),
    *("written_trigger", "output", "budget"),
)  # fmt: skip
"""The rules that a text can be read as: a whole file, or one scalar of a YAML spec."""

# What no word of the language begins with. A run is taken whole, so that it is one finding.
_UNREADABLE = (
    "\nUNREADABLE.-9: /"
    r""""[^"\n#]*(?<![\s)\]},{])(?=[\s)\]},{]*(#|\n|\Z))|"([^"\\\n]|\\[^\n])*\\?(?=\n|\Z)|"""
    r"""'[^'\n]*'|[\u201c\u201d\u201e\u2018\u2019][^\u201c\u201d\u2018\u2019\n#]*[\u201c\u201d\u2018\u2019]|\w+|[<>!=]=|[<>]|[^\w\s"'#(){}\[\],.:;=+\-*\/<>]+|[^\n]"""
    "/\n%ignore UNREADABLE\n"
)


def grammar_text() -> str:
    """The text of `clspec.lark`."""
    return shipped_text("grammar/clspec.lark", "grammar/clspec.lark")


@cache
def lark() -> Lark:
    """The parser, built once a process."""
    return Lark(
        grammar_text() + _UNREADABLE,
        parser="lalr",
        lexer="basic",  # reads words without regard to the parser's state, so that reading can go on after any error
        start=list(STARTS),
    )


def parse_steps(rule: str) -> Any:
    """Lark's interactive parser for one rule, which is fed word by word. (Lark's own types are incomplete.)"""
    return cast(Any, lark()).parse_interactive(start=rule)
