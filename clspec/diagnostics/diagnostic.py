"""Findings in a spec, each with a code, a place and a hint, and the errors that carry them."""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterable, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import Literal

from clspec.source import Span


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
        from clspec.diagnostics.rendering.full import render_full  # a spec without errors does without

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
        from clspec.diagnostics.rendering.full import render_full

        super().__init__(render_full(diagnostics))
        self.diagnostics = list(diagnostics)

    def __reduce__(self) -> tuple[type[SpecError], tuple[list[Diagnostic]]]:
        return SpecError, (self.diagnostics,)


class SpecWarning(UserWarning):
    """A spec that checks, but not all of it will be as its writer may think; `diagnostic` says what."""

    def __init__(self, diagnostic: Diagnostic) -> None:
        super().__init__(str(diagnostic))
        self.diagnostic = diagnostic
