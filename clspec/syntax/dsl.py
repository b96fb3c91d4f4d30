"""Reads specs written as `.clspec` text, and the pieces of that language that stand inside a YAML spec."""

from __future__ import annotations

from typing import Any

from clspec.diagnostics import Diagnostic
from clspec.ir.spec import Broken
from clspec.source import SourceFile, Span
from clspec.syntax.build import Builder
from clspec.syntax.document import Comment, Document
from clspec.syntax.edition import check_edition
from clspec.syntax.no_spec import no_spec
from clspec.syntax.parser import parse
from clspec.syntax.words import Locate, Word, Words, is_sign, only_values, read_words


def read_clspec(source: SourceFile) -> tuple[Document | None, list[Diagnostic]]:
    """The document that a text says and everything that is wrong with it; no document unless values alone are."""

    def locate(start: int, end: int) -> Span:
        return Span(source, start, end)

    words = read_words(source.text, locate)
    unknown = _unknown_edition(words.words, locate)
    if unknown is not None:  # what else a newer edition allows is not ours to judge
        return None, [unknown]
    statements, diagnostics = _parse("document", words, locate)
    broken: tuple[Broken, ...] = ()
    if statements is None:
        statements, broken, diagnostics = _repaired(words, source.text, locate)
    if statements is None:
        return None, diagnostics
    comments = tuple(_comment(word, source) for word in words.comments)
    document = Document(source=source, syntax="clspec", statements=statements, comments=comments, broken=broken)
    return document, in_order(diagnostics)


def read_fragment(
    rule: str, text: str, locate: Locate, before: tuple[tuple[str, str], ...] = ()
) -> tuple[Any, list[Diagnostic]]:
    """What a piece of text says, read as one rule of the grammar: `action`, `reference`, `_value`, ...

    `before` are words (kind and text) that YAML says by a key and so leaves out of the piece.
    """
    words = read_words(text, locate)
    words.words[:0] = [(kind, word, 0, 0) for kind, word in before]
    built, diagnostics = _parse(rule, words, locate)
    if built is not None:
        return built, diagnostics
    from clspec.syntax.recovery import Recovery

    return None, _merge(words.diagnostics, Recovery(rule, words.words, text, locate).find_errors())


def in_order(diagnostics: list[Diagnostic]) -> list[Diagnostic]:
    """Findings by where they start."""
    return sorted(diagnostics, key=lambda found: found.span.start if found.span else 0)


def _parse(rule: str, words: Words, locate: Locate) -> tuple[Any, list[Diagnostic]]:
    """What words say, read as a rule; None where more is wrong than values."""
    builder = Builder(locate)
    built = parse(rule, words.words, builder.makers) if only_values(words.diagnostics) else None
    return built, [*in_order(words.diagnostics), *builder.diagnostics]


def _repaired(words: Words, text: str, locate: Locate) -> tuple[Any, tuple[Broken, ...], list[Diagnostic]]:
    """What the whole statements of a text say, where the broken ones are, and every syntax error.

    This second, slower pass over the words alone needs Lark.
    """
    from clspec.syntax.mending import keeps_blocks, mend
    from clspec.syntax.recovery import Recovery

    recovery = Recovery("document", words.words, text, locate)
    diagnostics = _merge(words.diagnostics, recovery.find_errors())
    other = no_spec(words.words, text, diagnostics, locate)
    if other is not None:
        return None, (), other
    if recovery.gave_up or not words.words or not keeps_blocks(recovery.tokens, recovery.edits):
        return None, (), diagnostics
    wrong = [found.span.start for found in words.diagnostics if found.span and not only_values([found])]
    whole, broken = mend(recovery.tokens, recovery.edits, wrong)
    builder = Builder(locate)
    statements = parse("document", whole, builder.makers)
    lost = tuple(Broken(nameless=each.nameless, span=locate(each.start, each.end)) for each in broken)
    return statements, lost, [*diagnostics, *builder.diagnostics]


def _merge(words: list[Diagnostic], grammar: list[Diagnostic]) -> list[Diagnostic]:
    """Both kinds of findings in order. Behind a word that could only be guessed, the rest of its line is not judged."""
    kept: list[Diagnostic] = []
    guessed, wrong = set[int](), set[int]()
    unread = {id(found) for found in words if not only_values([found])}
    for found in in_order([*words, *grammar]):
        line = found.span.line if found.span else 0
        if id(found) not in unread and line in guessed:
            continue
        if id(found) in unread and line in wrong and found.span and is_sign(found.span.text):
            continue
        kept.append(found)
        wrong.add(line)
        if id(found) in unread:
            guessed.add(line)
    return kept


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
