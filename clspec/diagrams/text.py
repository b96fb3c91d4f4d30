"""Views as text for terminals: aligned columns, a tree of parts, and no colour."""

from __future__ import annotations

import unicodedata
from collections.abc import Collection, Sequence
from itertools import groupby

from clspec.diagrams import dot, style
from clspec.diagrams.cards import Card, Chip
from clspec.diagrams.scene import RuleLine

CELL_WORDS = {"kept": "kept", "new": "new", "later": "to come", "born": "not claimed", "retired": "retired"}
LONGEST = 56
"""No cell of a table is longer, in characters; the picture's tooltips and the spec say the rest."""


def plain(words: str) -> str:
    """Words as one line that a terminal shows as they are."""
    return dot.clean(words).replace("\xa0", " ")


def columns(rows: Sequence[Sequence[str]], right: Collection[int] = ()) -> list[str]:
    """The rows as lines with their cells below each other; those of the columns `right` end at the same place.

    Long cells are shortened, but for the last of a row.
    """
    cells = [[*(_shortened(plain(cell)) for cell in row[:-1]), plain(row[-1])] for row in rows]
    widths = [max(map(_width, column)) for column in zip(*cells, strict=True)]
    return ["  ".join(_padded(cell, widths[i], i in right) for i, cell in enumerate(row)).rstrip() for row in cells]


def _padded(cell: str, width: int, right: bool) -> str:
    room = " " * (width - _width(cell))
    return room + cell if right else cell + room


def _shortened(cell: str) -> str:
    return cell if len(cell) <= LONGEST else f"{cell[: LONGEST - 1].rstrip()}…"


def _width(words: str) -> int:
    """The places that words take in a terminal: ideographs take two, accents that join the letter before none."""
    return sum(
        0 if unicodedata.combining(letter) else 2 if unicodedata.east_asian_width(letter) in "WF" else 1
        for letter in words
    )


def chip_words(chips: Sequence[Chip]) -> str:
    """`3 × · GROWS · R1 R2`."""
    runs = groupby(chips, key=lambda chip: chip.filled)
    return " · ".join((" · " if filled else " ").join(chip.word for chip in run) for filled, run in runs)


def kind_words(card: Card) -> str:
    """What a card says its part is: `incremental · 512 → 4 of 10`."""
    return " · ".join(line.text for line in card.lines if line.text and line.size == style.TEXT)


def class_words(card: Card) -> str:
    """The cells of a head in words: `kept 0 1 · new 2 3 · to come 4 5`."""
    words: list[str] = []
    kind = ""
    for cell in (cell for line in card.lines for cell in line.cells):
        if cell.kind not in ("gap", kind):
            kind = cell.kind
            words += ["·", CELL_WORDS[kind]] if words else [CELL_WORDS[kind]]
        words.append("…" if cell.kind == "gap" else cell.text)
    return " ".join(words)


def rule_lines(rules: Sequence[RuleLine]) -> list[str]:
    """Every rule, numbered as its chips."""
    return columns([(f"R{rule.number}", f"{rule.when}:", f"{rule.what} ({origin(rule)})") for rule in rules])


def origin(rule: RuleLine) -> str:
    return f"{'its own rule, ' if rule.own else ''}{rule.place}"


def heading(title: str, *lines: str) -> list[str]:
    """The title and what stands below it, each on a line of its own."""
    return [plain(line) for line in (title, *lines) if line]


def together(*blocks: Sequence[str]) -> str:
    """Blocks of lines with an empty line between; empty blocks are left out."""
    return "\n\n".join("\n".join(block) for block in blocks if block) + "\n"
