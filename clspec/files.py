"""Files by their names; writing them so that nothing is ever half written."""

from __future__ import annotations

import contextlib
import os
import stat
import tempfile
from pathlib import Path


def is_checkpoint(path: str | os.PathLike[str]) -> bool:
    """Whether a file holds a model as it has grown, with its spec, by its suffix."""
    return Path(path).suffix.lower() == ".safetensors"


def write_atomically(path: str | os.PathLike[str], data: str | bytes) -> None:
    """Replaces the file at `path` in one step; on any error what was there stays. Missing folders are made.

    A link stays a link: what it points at is replaced. A pipe or a device stays one: it is written to.
    Raises OSError, which names `path`.
    """
    content = data.encode() if isinstance(data, str) else data
    try:
        mode = _mode(path)
        if mode is not None and not stat.S_ISREG(mode):
            with Path(path).open("wb") as file:
                file.write(content)
        else:
            _replace(Path(os.path.realpath(path)), content, 0o666 & ~_umask() if mode is None else mode & 0o7777)
    except OSError as error:
        # A draft or a folder may be what failed; the user knows only the path.
        error.filename = os.fspath(path)
        del error.filename2  # None would be told as well, as `'m.svg' -> None`
        raise


def _mode(path: str | os.PathLike[str]) -> int | None:
    """What is at the end of a path, links followed; None where there is nothing."""
    try:
        return Path(path).stat().st_mode
    except FileNotFoundError:
        return None


def _replace(target: Path, content: bytes, mode: int) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    handle, draft = tempfile.mkstemp(dir=target.parent, prefix=f".{target.name[:40]}.", suffix=".tmp")
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(content)
        Path(draft).chmod(mode)
        Path(draft).replace(target)
    except BaseException:
        with contextlib.suppress(OSError):
            Path(draft).unlink()
        raise


def _umask() -> int:
    current = os.umask(0)
    os.umask(current)
    return current
