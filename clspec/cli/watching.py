"""Doing a thing again whenever a spec, or a file that it uses, changes."""

from __future__ import annotations

import contextlib
import select
import sys
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import NoReturn, TextIO

from clspec.cli.paths import spec_files
from clspec.diagnostics import SpecError
from clspec.reading import read_source, text_of
from clspec.source import SourceFile
from clspec.syntax.uses import Folder

PERIOD = 0.3
"""Seconds between two looks; one is a `stat` a file."""
State = tuple[int, int, int] | None
"""What tells a file from the same one changed, or from another in its place; None: there is none."""


def watch(paths: Sequence[str], allow_use: Sequence[str], act: Callable[[], object]) -> NoReturn:
    """Acts now and after each change, until the user stops it. Raises BrokenPipeError once nobody reads what it prints.

    Files are looked at, not subscribed to: that works on every file system and needs no library.
    """
    while True:
        used = [file for path in spec_files(paths, yaml=True) for file in _used(path, allow_use)]
        before = _look(paths, used)
        act()
        for now, again in _looks(paths, used):
            if now == again != before:  # it has come to rest: an editor may take the old file away first
                break


def _looks(paths: Sequence[str], used: Iterable[str]) -> Iterator[tuple[dict[str, State], dict[str, State]]]:
    """Two looks at a time, the second a period after the first."""
    last = _look(paths, used)
    while True:
        _wait()
        now = _look(paths, used)
        yield last, now
        last = now


def _look(paths: Sequence[str], used: Iterable[str]) -> dict[str, State]:
    return {path: _state(path) for path in (*spec_files(paths, yaml=True), *used)}


def _state(path: str) -> State:
    try:
        found = Path(path).stat()
    except OSError:
        return None
    return found.st_mtime_ns, found.st_size, found.st_ino


@dataclass(frozen=True)
class _Asked(Folder):
    """A folder that remembers what it was asked for, found or not."""

    asked: list[str] = field(default_factory=list[str])

    def open(self, key: str) -> SourceFile:
        self.asked.append(str(self.path / key))
        return super().open(key)


def _used(path: str, allow_use: Sequence[str]) -> list[str]:
    """The files that a spec uses, and those that it would use if they were there."""
    library = _Asked(Path(path).parent, allow_use)
    with contextlib.suppress(SpecError):  # checking it says so
        read_source(*text_of(path), library)
    return library.asked


def _wait() -> None:
    """Waits a period. Raises BrokenPipeError as soon as the reader of standard output is gone."""
    output: TextIO | None = sys.stdout
    if output is None or not hasattr(select, "poll"):
        time.sleep(PERIOD)
        return
    ends = select.poll()
    with contextlib.suppress(OSError, ValueError):  # what has no file has no reader that could go
        ends.register(output.fileno(), 0)
    if any(event & select.POLLERR for _, event in ends.poll(PERIOD * 1000)):
        raise BrokenPipeError
