"""Reads specs written as `.clspec` text, and the pieces of that language that stand inside a YAML spec."""

from __future__ import annotations

from typing import Any

from clspec.diagnostics import Diagnostic
from clspec.source import SourceFile, Span
from clspec.syntax.build import Builder
from clspec.syntax.document import Comment, Document
from clspec.syntax.edition import check_edition
from clspec.syntax.parser import parse
from clspec.syntax.words import Locate, Word, Words, only_values, read_words


def read_clspec(source: SourceFile) -> tuple[Document | None, list[Diagnostic]]:
    """The document that a text says and everything that is wrong with it; no document unless values alone are."""

    def locate(start: int, end: int) -> Span:
        return Span(source, start, end)

    words = read_words(source.text, locate)
    unknown = _unknown_edition(words.words, locate)
    if unknown is not None:  # what else a newer edition allows is not ours to judge
        return None, [unknown]
    statements, diagnostics = _read("document", words, source.text, locate)
    if statements is None:
        return None, diagnostics
    comments = tuple(_comment(word, source) for word in words.comments)
    document = Document(source=source, syntax="clspec", statements=statements, comments=comments)
    return document, in_order(diagnostics)


def read_fragment(
    rule: str, text: str, locate: Locate, before: tuple[tuple[str, str], ...] = ()
) -> tuple[Any, list[Diagnostic]]:
    """What a piece of text says, read as one rule of the grammar: `action`, `reference`, `_value`, ...

    `before` are words (kind and text) that YAML says by a key and so leaves out of the piece.
    """
    words = read_words(text, locate)
    words.words[:0] = [(kind, word, 0, 0) for kind, word in before]
    return _read(rule, words, text, locate)


def in_order(diagnostics: list[Diagnostic]) -> list[Diagnostic]:
    """Findings by where they start."""
    return sorted(diagnostics, key=lambda found: found.span.start if found.span else 0)


def _read(rule: str, words: Words, text: str, locate: Locate) -> tuple[Any, list[Diagnostic]]:
    """What words say, read as a rule; None where more is wrong than values."""
    if only_values(words.diagnostics):
        builder = Builder(locate)
        built = parse(rule, words.words, builder.makers)
        if built is not None:
            return built, [*in_order(words.diagnostics), *builder.diagnostics]
    # A second, slower pass over the words finds every error. It alone needs Lark.
    from clspec.syntax.recovery import find_errors

    return None, _merge(words.diagnostics, find_errors(rule, words.words, text, locate))


def _merge(words: list[Diagnostic], grammar: list[Diagnostic]) -> list[Diagnostic]:
    """Both kinds of findings in order. What was read as a guess is told once: the guess may not fit either."""
    told = {found.span.start for found in words if found.span}
    return in_order([*words, *(found for found in grammar if found.span and found.span.start not in told)])


def _unknown_edition(words: list[Word], locate: Locate) -> Diagnostic | None:
    if [word[0] for word in words[:2]] != ["CLSPEC", "INTEGER"]:
        return None
    (_, _, start, _), (_, number, _, end) = words[:2]
    return check_edition(int(number), locate(start, end)) if len(number) < 10 else None


def _comment(word: Word, source: SourceFile) -> Comment:
    _, text, start, end = word
    line_start = source.text.rfind("\n", 0, start) + 1
    own_line = not source.text[line_start:start].strip()
    return Comment(text=text.rstrip(), own_line=own_line, span=Span(source, start, end))
