"""The specs that lie in a folder."""

from __future__ import annotations

import os
from pathlib import Path

from clspec.syntax.read import syntax_of_text


def specs_below(directory: str, *, yaml: bool) -> list[str]:
    """Every `.clspec` below a folder and, if wanted, YAML specs; folders that cannot be read are among them."""
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
