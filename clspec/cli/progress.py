"""A progress bar for work that takes a while."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Sequence
from contextlib import AbstractContextManager
from typing import TypeVar

import click

Item = TypeVar("Item")
MANY = 500
"""So many experiences are followed in well under a second."""


def watched(items: Sequence[Item], label: str) -> AbstractContextManager[Iterable[Item]]:
    """The items, with a bar on standard error while they are gone through, where they are many and it is a terminal."""
    hidden = len(items) < MANY or not sys.stderr.isatty()
    return click.progressbar(items, label=label, file=sys.stderr, hidden=hidden)
