"""What can stand at a place of a text, whatever its syntax."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

What = Literal[
    "word", "component", "argument", "value", "parameter", "text", "source", "target", "output", "inside", "stream",
    "file",
]  # fmt: skip


@dataclass(frozen=True)
class Wanted:
    """What is wanted behind the `begun` word, which is being typed.

    `scope`: the model and the groups around it. `words` of the language may stand there. `role` is that of the part a
    component is for. `callee`, `argument` (a name or a position) and `given` say where in a call it is; `path` what
    stands before the last dot; `own` the part that is being written.
    """

    what: What
    begun: str = ""
    scope: tuple[str, ...] = ()
    words: tuple[str, ...] = ()
    role: str = "neck"
    callee: str = ""
    argument: str | int = 0
    given: frozenset[str] = frozenset()
    path: str = ""
    own: str = ""
