"""What a comparison finds, as plain data."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal

from clspec.comparison.facts import Fact
from clspec.comparison.matching import Matching
from clspec.comparison.side import Side

if TYPE_CHECKING:
    from clspec.diagrams.options import Theme, Turn
    from clspec.diagrams.render import Diagram

Sign = Literal["added", "removed", "changed", "moved"]


@dataclass(frozen=True)
class PartChange:
    """A part that is not as it was.

    `path` is its place in NEW, or in OLD where it was removed; `was` the place in OLD of one that moved. `what` it is,
    in a reader's words, and what it reads, `sources`; `facts` are what changed of it, `inside` what changed inside.
    """

    sign: Sign
    role: str
    path: str
    what: str = ""
    sources: tuple[str, ...] = ()
    was: str = ""
    facts: tuple[Fact, ...] = ()
    inside: tuple[PartChange, ...] = ()

    def walk(self) -> Iterator[PartChange]:
        """This change and those inside, outer before inner."""
        yield self
        for each in self.inside:
            yield from each.walk()

    def to_dict(self) -> dict[str, Any]:
        return {
            "change": self.sign,
            "role": self.role,
            "path": self.path,
            "was": self.was,
            "what": self.what,
            "from": list(self.sources),
            "facts": [fact.to_dict() for fact in self.facts],
            "inside": [each.to_dict() for each in self.inside],
        }


@dataclass(frozen=True)
class Entry:
    """A rule, an answer, a stream or a budget that is not as it was: its name or its own words, and what changed."""

    sign: Sign
    words: str
    facts: tuple[Fact, ...] = ()

    def to_dict(self) -> dict[str, Any]:
        return {"change": self.sign, "words": self.words, "facts": [fact.to_dict() for fact in self.facts]}


@dataclass(frozen=True)
class Comparison:
    """Two models compared: `old` and `new` are the names of their specs. Prints as text.

    `experience` is the one at which they are compared; None: as they are born. `numbers` are what changed of how
    large the whole is.
    """

    model: str
    old: str
    new: str
    experience: int | None
    facts: tuple[Fact, ...]
    parts: tuple[PartChange, ...]
    rules: tuple[Entry, ...]
    outputs: tuple[Entry, ...]
    streams: tuple[Entry, ...]
    budgets: tuple[Entry, ...]
    numbers: tuple[Fact, ...]
    sides: tuple[Side, Side] = field(repr=False, compare=False)
    matching: Matching = field(repr=False, compare=False)

    @property
    def sections(self) -> dict[str, Sequence[Entry]]:
        """What is not a part, by its heading."""
        return {"rules": self.rules, "outputs": self.outputs, "streams": self.streams, "budgets": self.budgets}

    @property
    def same(self) -> bool:
        """Whether nothing changed."""
        return not (self.facts or self.parts or self.numbers or any(self.sections.values()))

    def to_dict(self) -> dict[str, Any]:
        return {
            "model": self.model,
            "old": self.old,
            "new": self.new,
            "experience": self.experience,
            "same": self.same,
            "facts": [fact.to_dict() for fact in self.facts],
            "parts": [part.to_dict() for part in self.parts],
            **{name: [entry.to_dict() for entry in entries] for name, entries in self.sections.items()},
            "numbers": [fact.to_dict() for fact in self.numbers],
        }

    def render(
        self,
        direction: Turn = "auto",
        theme: Theme = "auto",
        legend: bool = True,
        depth: int | None = None,
        expand: Sequence[str] = (),
    ) -> Diagram:
        """Both models in one picture, what was added, removed, changed and moved marked. Options as in `clspec.render`.

        Raises ValueError for an unknown part, direction or theme.
        """
        from clspec.comparison.picture import draw_comparison
        from clspec.diagrams.options import Options

        return draw_comparison(self, Options(direction, theme, legend, depth, tuple(expand)))

    def __str__(self) -> str:
        from clspec.comparison.text import comparison_text

        return comparison_text(self)
