"""Colours specs in the documentation; the words of the language are those of its grammar."""

from __future__ import annotations

import re
from pathlib import Path

from pygments.lexer import RegexLexer, words
from pygments.token import Comment, Keyword, Name, Number, Operator, Punctuation, String, Whitespace

__all__ = ["ClspecLexer"]  # Pygments loads what is named here

GRAMMAR = Path(__file__).parents[1] / "grammar" / "clspec.lark"
WORDS = set(re.findall(r'"([a-z_]+)"', re.sub(r"^ *//.*", "", GRAMMAR.read_text("utf-8"), flags=re.MULTILINE)))
CONSTANTS = {"true", "false", "none"}


class ClspecLexer(RegexLexer):
    """The clspec language."""

    name = "clspec"
    aliases = ("clspec",)
    filenames = ("*.clspec",)
    tokens = {  # noqa: RUF012  # pygments reads it from the class
        "root": [
            (r"\s+", Whitespace),
            (r"#.*", Comment.Single),
            (r'"(?:[^"\\\n]|\\.)*"', String.Double),
            (r"\.\.", Operator),
            (r"[0-9][0-9_]*(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?", Number),
            (words(tuple(CONSTANTS), suffix=r"\b"), Keyword.Constant),
            (r"[A-Za-z_]\w*(?=\s*\()", Name.Function),
            (r"[A-Za-z_]\w*(?=\s*=)", Name),
            (r"(?<=\.)\w+", Name),
            (words(tuple(WORDS - CONSTANTS), suffix=r"\b"), Keyword),
            (r"\w+", Name),
            (r"<=|//|[-+*/=:]", Operator),
            (r"[][(){},.;]", Punctuation),
        ]
    }
