"""Reads specs written as `.clspec` text, and the pieces of that language that stand inside a YAML spec."""

from __future__ import annotations

from typing import Any

from lark import Token, Tree, UnexpectedToken

from clspec.diagnostics import Diagnostic
from clspec.source import SourceFile, Span
from clspec.syntax.build import Builder
from clspec.syntax.document import Comment, Document
from clspec.syntax.edition import check_edition
from clspec.syntax.grammar import Locate, end_of, only_values, parse_steps, read_words, start_of
from clspec.syntax.recovery import find_errors


def read_clspec(source: SourceFile) -> tuple[Document | None, list[Diagnostic]]:
    """The document that a text says and everything that is wrong with it; no document unless values alone are."""

    def locate(start: int, end: int) -> Span:
        return Span(source, start, end)

    words = read_words(source.text, locate)
    unknown = _unknown_edition(words.tokens, locate)
    if unknown is not None:  # what else a newer edition allows is not ours to judge
        return None, [unknown]
    tree, diagnostics = _parse("document", words.tokens, locate)
    diagnostics = _merge(words.diagnostics, diagnostics)
    if tree is None or not only_values(diagnostics):
        return None, diagnostics
    builder = Builder(locate)
    statements = builder.document(tree)
    comments = tuple(_comment(token, source) for token in words.comments)
    document = Document(source=source, syntax="clspec", statements=statements, comments=comments)
    return document, in_order([*diagnostics, *builder.diagnostics])


def read_fragment(
    rule: str, text: str, locate: Locate, before: tuple[tuple[str, str], ...] = ()
) -> tuple[Any, list[Diagnostic]]:
    """What a piece of text says, read as one rule of the grammar: `action`, `reference`, `_value`, ...

    `before` are words (kind and text) that YAML says by a key and so leaves out of the piece.
    """
    words = read_words(text, locate)
    unsaid = [Token(kind, word, 0, 1, 1, 1, 1, 0) for kind, word in before]
    tree, diagnostics = _parse(rule, [*unsaid, *words.tokens], locate)
    diagnostics = _merge(words.diagnostics, diagnostics)
    if tree is None or not only_values(diagnostics):
        return None, diagnostics
    builder = Builder(locate)
    return builder.fragment(rule, tree), [*diagnostics, *builder.diagnostics]


def in_order(diagnostics: list[Diagnostic]) -> list[Diagnostic]:
    """Findings by where they start."""
    return sorted(diagnostics, key=lambda found: found.span.start if found.span else 0)


def _merge(words: list[Diagnostic], grammar: list[Diagnostic]) -> list[Diagnostic]:
    """Both kinds of findings in order. What was read as a guess is told once: the guess may not fit either."""
    told = {found.span.start for found in words if found.span}
    return in_order([*words, *(found for found in grammar if found.span and found.span.start not in told)])


def _parse(rule: str, tokens: list[Token], locate: Locate) -> tuple[Tree[Token] | None, list[Diagnostic]]:
    parser = parse_steps(rule)
    try:
        for token in tokens:
            parser.feed_token(token)
        return parser.feed_eof(tokens[-1] if tokens else None), []
    except UnexpectedToken:
        # A second, slower pass over the words finds every error, this one included.
        return None, find_errors(rule, tokens, locate)


def _unknown_edition(tokens: list[Token], locate: Locate) -> Diagnostic | None:
    if [token.type for token in tokens[:2]] != ["CLSPEC", "INTEGER"]:
        return None
    span = locate(start_of(tokens[0]), end_of(tokens[1]))
    return check_edition(int(tokens[1]), span) if len(tokens[1]) < 10 else None


def _comment(token: Token, source: SourceFile) -> Comment:
    start = start_of(token)
    line_start = source.text.rfind("\n", 0, start) + 1
    own_line = not source.text[line_start:start].strip()
    return Comment(text=str(token).rstrip(), own_line=own_line, span=Span(source, start, end_of(token)))
