"""The files that a spec can use: those beside it and below."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

from clspec.editor.view import Desk

_SUFFIXES = (".clspec", ".yaml", ".yml")


def spec_paths(folder: Path, begun: str, desk: Desk) -> Iterator[str]:
    """Paths from a folder to specs and to folders, in the folder that `begun` names so far."""
    inside = begun.rpartition("/")[0]
    if begun.startswith("/") or ".." in inside.split("/"):  # where no spec uses files from
        return
    lead = f"{inside}/" if inside else ""
    here = folder / inside
    opened = (Path(name).name for name in desk.texts if Path(name).parent == here)
    for name in dict.fromkeys([*_names(here), *opened]):
        if name.endswith(_SUFFIXES) or name.endswith("/"):
            yield lead + name


def _names(folder: Path) -> list[str]:
    try:
        with os.scandir(folder) as entries:
            found = [f"{each.name}/" if each.is_dir() else each.name for each in entries if each.name[0] != "."]
    except OSError:
        return []
    return sorted(found)
