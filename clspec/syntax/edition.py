"""The editions of the language that this version reads."""

from __future__ import annotations

from clspec.diagnostics import Diagnostic
from clspec.source import Span

NEWEST_EDITION = 1


def check_edition(number: int, span: Span) -> Diagnostic | None:
    """What is wrong with an edition's number, if anything."""
    if 1 <= number <= NEWEST_EDITION:
        return None
    if number < 1:
        return Diagnostic("CL007", f"there is no edition {number}", span, "the first edition is `clspec 1`")
    message = f"edition {number} is newer than this version of clspec, which reads edition {NEWEST_EDITION}"
    return Diagnostic("CL007", message, span, "upgrade clspec: `pip install --upgrade clspec`")
