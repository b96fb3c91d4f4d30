"""The spec files that paths on the command line name: files, directories and `-` for standard input."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TextIO

from clspec.diagnostics import Diagnostic, SpecError
from clspec.source import SourceFile
from clspec.syntax.folders import specs_below
from clspec.syntax.read import decode
from clspec.syntax.words import LONGEST_TEXT

STANDARD_INPUT = "-"
_STDIN = "<stdin>"


def spec_files(paths: Sequence[str], *, yaml: bool) -> list[str]:
    """The files that paths name, each once. In a directory: every `.clspec` below it and, if wanted, YAML specs.

    A directory that cannot be read is one of them: reading it says so.
    """
    found = [file for path in paths for file in (specs_below(path, yaml=yaml) if Path(path).is_dir() else [path])]
    return list(dict.fromkeys(found))


def spec_text(path: str) -> str | SourceFile:
    """What the driver reads a spec from: the path itself, or the text of standard input. Raises SpecError."""
    return _standard_input() if path == STANDARD_INPUT else path


def shown(path: str) -> str:
    """The name under which messages speak of what a path names."""
    return _STDIN if path == STANDARD_INPUT else path


def _standard_input() -> SourceFile:
    # Python has no sys.stdin where a shell closed it.
    given: TextIO | None = sys.stdin
    try:
        if given is None:
            raise OSError("it is closed")
        return decode(_STDIN, given.buffer.read(LONGEST_TEXT + 1))
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
        message = f"cannot read standard input: {reason.lower()}"
        raise SpecError([Diagnostic("CL005", message, None, file=_STDIN)]) from None
