# pyright: standard, reportMissingImports=false
"""A Pygments lexer, which colours specs in documentation and terminals: `pygmentize -l clspec`.

Pygments is no dependency of clspec. Where it is installed it finds this lexer by its entry point.
"""

from __future__ import annotations

from typing import ClassVar

from pygments.lexer import RegexLexer, bygroups, words
from pygments.token import Comment, Keyword, Name, Number, Operator, Punctuation, String, Whitespace

from clspec.syntax.tables import tables

__all__ = ["ClspecLexer"]  # Pygments loads what is named here

_CONSTANTS = ("true", "false", "none")
_WORDS = sorted(set(tables().reserved) - {*_CONSTANTS})
_NAME = r"([A-Za-z_]\w*)"


class ClspecLexer(RegexLexer):
    """The clspec language. Its words are those of the grammar; components are whatever is called."""

    name = "clspec"
    aliases: ClassVar = ["clspec"]
    filenames: ClassVar = ["*.clspec"]
    tokens: ClassVar = {
        "root": [
            (r"\s+", Whitespace),
            (r"#.*", Comment.Single),
            (r'"(?:[^"\\\n]|\\.)*"', String.Double),
            (rf"(model)(\s+){_NAME}", bygroups(Keyword, Whitespace, Name.Class)),
            (rf"(stream|backbone|neck|head|group)(\s+){_NAME}", bygroups(Keyword, Whitespace, Name.Variable)),
            (rf"(input)(\s+){_NAME}(?=\s*=)", bygroups(Keyword, Whitespace, Name.Variable)),
            (r"\.\.", Operator),
            (r"(\.)(\s*)(\w+)", bygroups(Punctuation, Whitespace, Name)),  # behind a dot any word is a name
            (r"[0-9][0-9_]*(?:\.[0-9][0-9_]*)?(?:[eE][+-]?[0-9]+)?\b", Number),
            (rf"{_NAME}(?=\s*=)", Name.Attribute),
            (words(_CONSTANTS, suffix=r"\b"), Keyword.Constant),
            (rf"{_NAME}(?=\s*\()", Name.Function),
            (words(_WORDS, suffix=r"\b"), Keyword),
            (r"\w+", Name),
            (r"<=|//|[-+*/=:]", Operator),
            (r"[][(){},.;]", Punctuation),
        ]
    }
