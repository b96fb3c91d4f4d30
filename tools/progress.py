"""How far a long run is."""

from __future__ import annotations

import sys


def progress(done: int, total: int, name: str) -> None:
    """A line that is written over, on a terminal only."""
    if sys.stderr.isatty():
        print(f"\r{done}/{total} {name:<44}", end="\n" if done == total else "", file=sys.stderr, flush=True)
