"""Findings for a reader: with source lines, carets, related places and help."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Literal

from clspec.diagnostics.diagnostic import Diagnostic
from clspec.source import Span

Piece = Literal["place", "error", "warning", "gutter", "help"]
"""What a finding is made of where it is printed in full; carets look like their severity."""
Paint = Callable[[Piece, str], str]
"""A piece as it is to be printed: in colour, or as it is."""


def plain(piece: Piece, text: str) -> str:
    """A piece as it is."""
    del piece
    return text


def render_full(diagnostics: Sequence[Diagnostic], paint: Paint = plain) -> str:
    """Each finding with its line, carets, related places and help."""
    return "\n\n".join(_full(diagnostic, paint) for diagnostic in diagnostics)


def visible(text: str) -> str:
    """Without characters that would do something to a terminal: a spec, or its name, may hold any."""
    return "".join(c if c == "\t" or c.isprintable() else "\N{REPLACEMENT CHARACTER}" for c in text)


def _full(diagnostic: Diagnostic, paint: Paint) -> str:
    severity = paint(diagnostic.severity, f"{diagnostic.severity}[{diagnostic.code}]")
    lines = [f"{paint('place', visible(diagnostic.place))}: {severity}: {visible(diagnostic.message)}"]
    places = [(diagnostic.span, "")] if diagnostic.span else []
    places += [(related.span, related.message) for related in diagnostic.related]
    gutter = max((len(str(span.line)) for span, _ in places), default=0)
    for number, (span, note) in enumerate(places):
        if number:
            place = visible(f"{span.source.name}:{span.line}:{span.column}")
            lines.append(f"{' ' * gutter} {paint('gutter', ':::')} {paint('place', place)}")
        lines += _excerpt(span, note, gutter, diagnostic.severity, paint)
    if diagnostic.help:
        lead = f"{' ' * gutter} {paint('gutter', '=')} " if places else ""
        lines.append(f"{lead}{paint('help', 'help:')} {visible(diagnostic.help)}")
    return "\n".join(lines)


def _excerpt(span: Span, note: str, gutter: int, severity: Piece, paint: Paint) -> list[str]:
    text = span.source.line_text(span.line)
    start = span.column - 1
    end = span.end_column - 1 if span.end_line == span.line else len(text)
    width = max(min(end, len(text)) - start, 1)
    shown, shift = _window(text, start)
    # Tabs keep their width above and below; other characters count as one.
    lead = "".join("\t" if character == "\t" else " " for character in text[shift:start])
    carets = "^" * min(width, max(len(shown) - (start - shift), 1))
    marked = paint(severity, carets + (f" {visible(note)}" if note else ""))
    blank = paint("gutter", f"{' ' * gutter} |")
    return [blank, f"{paint('gutter', f'{span.line:>{gutter}} |')} {shown}", f"{blank} {lead}{marked}"]


def _window(text: str, start: int, limit: int = 160) -> tuple[str, int]:
    """A piece of a very long line that holds column `start`, and where it begins."""
    shift = 0 if len(text) <= limit or start < limit // 2 else start - limit // 4
    piece = text[shift : shift + limit]
    return visible(piece), shift
