"""What a saved name of OLD is called in NEW: real keys, with the numbers that patterns leave out."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping

from clspec.comparison.state import WHOLE, Key

_NUMBERS = re.compile(r"\b(generations|members|columns|laterals)\.(\d+)")
_EXTRA = "extra_"
"""What the first growth added to the rows that a head was born with is called as these are, behind this."""


class Names:
    """The names in NEW of what a state dict of OLD holds."""

    def __init__(self, keys: Iterable[Key]) -> None:
        kept = [key for key in keys if key.fate in ("stays", "grows", "moves")]
        self.exact: Mapping[str, str] = {key.key: key.into for key in kept}
        self.whole: Mapping[str, str] = {
            key.key.removesuffix(WHOLE): key.into.removesuffix(WHOLE) for key in kept if key.sizes is None
        }

    def of(self, key: str) -> str | None:
        """The name in NEW of what OLD calls so; None where NEW has no such tensor."""
        if key in self.exact:
            return self.exact[key]
        parent, _, last = key.rpartition(".")
        extra = _EXTRA if last.startswith(_EXTRA) else ""
        into = self.exact.get(_NUMBERS.sub(rf"\1.{WHOLE}", f"{parent}.{last.removeprefix(extra)}"))
        if into is not None:
            for number in _NUMBERS.findall(key):
                into = into.replace(f"{number[0]}.{WHOLE}", f"{number[0]}.{number[1]}", 1)
            above, _, name = into.rpartition(".")
            return f"{above}.{extra}{name}"
        return next((into + key.removeprefix(lead) for lead, into in self.whole.items() if key.startswith(lead)), None)

    def below(self, path: str, keys: Iterable[str]) -> str | None:
        """The path in NEW of a part of OLD that holds some of these keys; None where nothing in it is kept."""
        for key in keys:
            if key.startswith(f"{path}."):
                end, into = key.removeprefix(path), self.of(key)
                if into is not None and into.endswith(end):
                    return into.removesuffix(end)
        return None
