"""The spec files that paths on the command line name: files, directories and `-` for standard input."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TextIO

from clspec.diagnostics import Diagnostic, SpecError
from clspec.source import SourceFile
from clspec.syntax.read import decode, syntax_of_text
from clspec.syntax.words import LONGEST_TEXT

STANDARD_INPUT = "-"
_STDIN = "<stdin>"


def spec_files(paths: Sequence[str], *, yaml: bool) -> list[str]:
    """The files that paths name, each once. In a directory: every `.clspec` below it and, if wanted, YAML specs.

    A directory that cannot be read is one of them: reading it says so.
    """
    found = [file for path in paths for file in (_below(path, yaml) if Path(path).is_dir() else [path])]
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


def _below(directory: str, yaml: bool) -> list[str]:
    found: list[str] = []
    for folder, folders, files in os.walk(directory, onerror=lambda error: found.append(error.filename)):
        # Hidden folders hold caches and environments, not a user's specs.
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        for path in (Path(folder) / name for name in sorted(files)):
            wanted = path.suffix == ".clspec" or (yaml and path.suffix in (".yaml", ".yml") and _is_spec(path))
            if wanted and not _waits(path):
                found.append(str(path))
    return found


def _waits(path: Path) -> bool:
    """Whether reading waits for a writer: a pipe is read where it is named, not where it happens to lie."""
    return path.is_fifo() or path.is_socket() or path.is_char_device()


def _is_spec(path: Path) -> bool:
    """Whether a YAML file says that it is a spec; a directory may hold others."""
    if _waits(path):
        return False
    try:
        with path.open(encoding="utf-8", errors="replace") as file:
            return syntax_of_text(file.read(10_000)) == "yaml"
    except OSError:
        return False
