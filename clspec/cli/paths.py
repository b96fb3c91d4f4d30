"""The spec files that paths on the command line name: files, directories and `-` for standard input."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

from clspec.source import SourceFile
from clspec.syntax.read import Syntax, decode, load, syntax_of, syntax_of_text

STANDARD_INPUT = "-"


def spec_files(paths: Sequence[str], *, yaml: bool) -> list[str]:
    """The files that paths name, each once. In a directory: every `.clspec` below it and, if wanted, YAML specs."""
    found = [file for path in paths for file in (_below(path, yaml) if Path(path).is_dir() else [path])]
    return list(dict.fromkeys(found))


def read_source(path: str) -> tuple[SourceFile, Syntax]:
    """A file's text, or that of standard input, and its syntax. Raises SpecError where it cannot be read."""
    if path != STANDARD_INPUT:
        return load(path), syntax_of(path)
    source = decode("<stdin>", sys.stdin.buffer.read())
    return source, syntax_of_text(source.text)


def _below(directory: str, yaml: bool) -> Iterator[str]:
    for folder, folders, files in os.walk(directory):
        # Hidden folders hold caches and environments, not a user's specs.
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        for name in sorted(files):
            path = str(Path(folder) / name)
            if name.endswith(".clspec") or (yaml and name.endswith((".yaml", ".yml")) and _is_spec(path)):
                yield path


def _is_spec(path: str) -> bool:
    """Whether a YAML file says that it is a spec; a directory may hold others."""
    try:
        with Path(path).open(encoding="utf-8", errors="replace") as file:
            return syntax_of_text(file.read(10_000)) == "yaml"
    except OSError:
        return False
