"""What is told to a user: findings in a spec, each with a code, a place and a hint."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Generator, Iterable, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import Literal

from clspec.source import Span

CODES: dict[str, str] = {
    "CL001": "unexpected text",
    "CL002": "the file ends too early",
    "CL003": "not UTF-8 text",
    "CL004": "empty spec",
    "CL005": "unreadable file",
    "CL006": "edition missing",
    "CL007": "edition not known to this version",
    "CL008": "not YAML",
    "CL009": "not the shape of a spec",
    "CL010": "duplicate key",
    "CL011": "file too large",
    "CL012": "cannot be written in this form",
    "CL013": "nested too deep",
    "CL014": "aliases that stand for too much",
    "CL015": "too many items",
    "CL101": "unknown name",
    "CL102": "name used twice",
    "CL103": "name not allowed",
    "CL104": "cycle",
    "CL105": "no default model",
    "CL106": "unknown model",
    "CL107": "no model",
    "CL108": "unknown parameter",
    "CL109": "model too large",
    "CL110": "unknown component",
    "CL112": "unknown backbone",
    "CL113": "not an output",
    "CL114": "file that cannot be used",
    "CL115": "file outside of the spec's folder",
    "CL116": "unknown tap",
    "CL117": "too many files",
    "CL118": "revision that cannot be read",
    "CL119": "no model in common",
    "CL201": "unknown argument",
    "CL202": "missing argument",
    "CL203": "wrong type",
    "CL204": "value out of range",
    "CL205": "too many arguments",
    "CL206": "component in the wrong role",
    "CL207": "argument given twice",
    "CL208": "arithmetic",
    "CL209": "code that needs leave",
    "CL210": "library cannot be used",
    "CL211": "module cannot be used",
    "CL212": "weights cannot be had",
    "CL213": "number too long",
    "CL301": "shapes do not fit",
    "CL302": "not flattened",
    "CL303": "wrong number of sources",
    "CL304": "size missing",
    "CL305": "nothing to read",
    "CL306": "too many parameters",
    "CL307": "sample too large",
    "CL308": "part that never runs",
    "CL401": "unknown rule target",
    "CL402": "rules contradict",
    "CL403": "rule cannot apply",
    "CL501": "unknown stream",
    "CL502": "stream cannot be made",
    "CL503": "budget broken",
    "CL504": "stream too long",
    "CL901": "not yet supported",
    "CL902": "not for this target",
    "CL999": "internal error",
}
"""Every code and what it is about."""


@dataclass(frozen=True)
class Related:
    """Another place that belongs to a finding, with a word on why."""

    message: str
    span: Span


@dataclass(frozen=True)
class Diagnostic:
    """One finding. `span` is None where no text could be read at all; `file` then names it."""

    code: str
    message: str
    span: Span | None
    help: str | None = None
    related: tuple[Related, ...] = ()
    severity: Literal["error", "warning"] = "error"
    file: str = ""

    @property
    def path(self) -> str:
        """The name of the file."""
        return self.span.source.name if self.span else self.file

    @property
    def line(self) -> int | None:
        """The line on which it begins, from 1; None where it is about the file as a whole."""
        return self.span.line if self.span else None

    @property
    def column(self) -> int | None:
        """The column in which it begins, from 1; None where it is about the file as a whole."""
        return self.span.column if self.span else None

    @property
    def place(self) -> str:
        return f"{self.span.source.name}:{self.span.line}:{self.span.column}" if self.span else self.file

    @property
    def uses(self) -> tuple[Related, ...]:
        """Where the model that it lies in is used, innermost first, where it is found because of that use."""
        return tuple(related for related in self.related if related.message == USED)

    def used_at(self, *places: Span) -> Diagnostic:
        """The same finding with more places of use, innermost first; of many the outermost are left out."""
        room = MOST_USES - len(self.uses)
        return replace(self, related=(*self.related, *(Related(USED, place) for place in places[:room])))

    def without_uses(self) -> Diagnostic:
        return replace(self, related=tuple(related for related in self.related if related.message != USED))

    def __str__(self) -> str:
        return render_full([self])


USED = "used here"
MOST_USES = 4
"""Places of use that one finding names."""


class Findings(list[Diagnostic]):
    """What an analysis has found so far, in the order found."""

    def report(self, code: str, message: str, span: Span, help: str | None = None, *related: Related) -> None:
        self.append(Diagnostic(code, message, span, help, related))

    @contextmanager
    def used_at(self, place: Span, because: Callable[[Diagnostic], bool] = lambda _: True) -> Generator[None]:
        """What is found inside lies in a model used at `place`, and says so where it is found `because` of that."""
        before = len(self)
        yield
        self[before:] = [each.used_at(place) if because(each) else each for each in self[before:]]


OF_VALUES = ("CL007", "CL203", "CL204", "CL208", "CL213")


def without_echoes(told: Iterable[Diagnostic], found: Iterable[Diagnostic]) -> list[Diagnostic]:
    """What was found but for findings about a value that was told to be wrong: only a stand-in was checked there."""
    places = [each.span for each in told if each.span is not None]

    def echoes(span: Span) -> bool:
        return any(span.start <= place.start and place.end <= span.end for place in places)

    return [each for each in found if each.code not in OF_VALUES or each.span is None or not echoes(each.span)]


class SpecError(Exception):
    """A spec that does not check; `diagnostics` holds every finding."""

    def __init__(self, diagnostics: Sequence[Diagnostic]) -> None:
        super().__init__(render_full(diagnostics))
        self.diagnostics = list(diagnostics)

    def __reduce__(self) -> tuple[type[SpecError], tuple[list[Diagnostic]]]:
        return SpecError, (self.diagnostics,)


class SpecWarning(UserWarning):
    """A spec that checks, but not all of it will be as its writer may think; `diagnostic` says what."""

    def __init__(self, diagnostic: Diagnostic) -> None:
        super().__init__(str(diagnostic))
        self.diagnostic = diagnostic


def nearest(word: str, choices: Iterable[str]) -> str | None:
    """`did you mean "resnet18"?` for the closest of the choices, None where nothing is close."""
    from difflib import get_close_matches

    found = get_close_matches(word, sorted(set(choices)), n=1, cutoff=0.6)
    return f'did you mean "{found[0]}"?' if found else None


def nearest_networks(word: str, names: Iterable[str]) -> str | None:
    """`did you mean "resnet20_cifar10", "resnet20_cifar100" or "resnet20_svhn"?`: names of networks near a wrong one.

    The one that is as good as the same; else first those that go on where it ends and those that are in it, such as
    `resnet18` in `fcn_resnet18`, then the closest. None where nothing is near.
    """
    from difflib import get_close_matches

    wanted, known = word.lower(), sorted(set(names), key=_natural)
    found = get_close_matches(wanted, known, n=1, cutoff=0.9)
    longer = [name for name in known if name.startswith(f"{wanted}_")]
    if not found or (longer and found[0] != wanted):
        within = [name for name in known if f"_{name}_" in f"_{wanted}_"]
        found = [*dict.fromkeys([*longer, *within, *get_close_matches(wanted, known, n=3, cutoff=0.6)])][:3]
    *first, last = [f'"{name}"' for name in found] or [""]
    return f"did you mean {', '.join(first)}{' or ' if first else ''}{last}?" if last else None


def choices_help(word: str, choices: Iterable[str]) -> str | None:
    """The nearest choice; where nothing is near, the choices themselves."""
    known = sorted(set(choices), key=_natural)
    return nearest(word, known) or (f"one of: {', '.join(known)}" if known else None)


def _natural(word: str) -> list[tuple[int, str]]:
    """A key by which `unit2` comes before `unit10`."""
    return [(int(piece), "") if piece.isdecimal() else (0, piece) for piece in re.split(r"([0-9]+)", word)]


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


def render_concise(diagnostics: Sequence[Diagnostic]) -> str:
    """One line a finding."""
    return "\n".join(_visible(f"{d.place}: {d.severity}[{d.code}]: {d.message}") for d in diagnostics)


def render_json(diagnostics: Sequence[Diagnostic]) -> str:
    """A JSON list of objects `{code, severity, message, file, line, column, end_line, end_column, help, related}`."""
    return json.dumps([_as_json(d) for d in diagnostics], indent=2, ensure_ascii=False)


def render_github(diagnostics: Sequence[Diagnostic]) -> str:
    """GitHub's workflow commands: each finding becomes a note at its line of a pull request."""
    return "\n".join(map(_github, diagnostics))


def _github(diagnostic: Diagnostic) -> str:
    names = {"line": "line", "column": "col", "end_line": "endLine", "end_column": "endColumn"}
    places = {names[key]: value for key, value in _range(diagnostic.span).items() if value is not None}
    properties = {"file": diagnostic.path, **places, "title": f"clspec {diagnostic.code}"}
    listed = ",".join(f"{key}={_escape(str(value), inside=True)}" for key, value in properties.items())
    message = diagnostic.message + (f"\nhelp: {diagnostic.help}" if diagnostic.help else "")
    return f"::{diagnostic.severity} {listed}::{_escape(message)}"


def _escape(text: str, *, inside: bool = False) -> str:
    """Characters that would end a workflow command, or one of its properties."""
    for character in "%\r\n:," if inside else "%\r\n":
        text = text.replace(character, f"%{ord(character):02X}")
    return text


def _as_json(diagnostic: Diagnostic) -> dict[str, object]:
    return {
        "code": diagnostic.code,
        "severity": diagnostic.severity,
        "message": diagnostic.message,
        "file": diagnostic.path,
        **_range(diagnostic.span),
        "help": diagnostic.help,
        "related": [
            {"message": related.message, "file": related.span.source.name, **_range(related.span)}
            for related in diagnostic.related
        ],
    }


def _range(span: Span | None) -> dict[str, int | None]:
    if span is None:
        return {"line": None, "column": None, "end_line": None, "end_column": None}
    return {"line": span.line, "column": span.column, "end_line": span.end_line, "end_column": span.end_column}


def _full(diagnostic: Diagnostic, paint: Paint) -> str:
    severity = paint(diagnostic.severity, f"{diagnostic.severity}[{diagnostic.code}]")
    lines = [f"{paint('place', _visible(diagnostic.place))}: {severity}: {_visible(diagnostic.message)}"]
    places = [(diagnostic.span, "")] if diagnostic.span else []
    places += [(related.span, related.message) for related in diagnostic.related]
    gutter = max((len(str(span.line)) for span, _ in places), default=0)
    for number, (span, note) in enumerate(places):
        if number:
            place = _visible(f"{span.source.name}:{span.line}:{span.column}")
            lines.append(f"{' ' * gutter} {paint('gutter', ':::')} {paint('place', place)}")
        lines += _excerpt(span, note, gutter, diagnostic.severity, paint)
    if diagnostic.help:
        lead = f"{' ' * gutter} {paint('gutter', '=')} " if places else ""
        lines.append(f"{lead}{paint('help', 'help:')} {_visible(diagnostic.help)}")
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
    marked = paint(severity, carets + (f" {_visible(note)}" if note else ""))
    blank = paint("gutter", f"{' ' * gutter} |")
    return [blank, f"{paint('gutter', f'{span.line:>{gutter}} |')} {shown}", f"{blank} {lead}{marked}"]


def _window(text: str, start: int, limit: int = 160) -> tuple[str, int]:
    """A piece of a very long line that holds column `start`, and where it begins."""
    shift = 0 if len(text) <= limit or start < limit // 2 else start - limit // 4
    piece = text[shift : shift + limit]
    return _visible(piece), shift


def _visible(text: str) -> str:
    """Without characters that would do something to a terminal: a spec, or its name, may hold any."""
    return "".join(c if c == "\t" or c.isprintable() else "\N{REPLACEMENT CHARACTER}" for c in text)
