"""What can go wrong with a module that is only looked at."""

from __future__ import annotations

from typing import Literal


class ProbeError(Exception):
    """A module that could not be imported, built or run, or gives what nobody can read. `step` says which."""

    def __init__(self, step: Literal["import", "build", "run", "output"], message: str) -> None:
        super().__init__(message)
        self.step, self.message = step, message
