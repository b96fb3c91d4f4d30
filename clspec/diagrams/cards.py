"""Cards: the boxes of every view, sized from their text."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from clspec.diagrams import dot, style
from clspec.diagrams.cells import Cell, cells_width, draw_cells
from clspec.diagrams.metrics import shorten, text_width
from clspec.diagrams.scene import NOTHING
from clspec.growth import PartState

WIDEST = 300
"""No line of a card gets wider, in points: longer text is shortened and stands in full in the tooltip."""

CHIP_HEIGHT, LINE_HEIGHT, HEADER_HEIGHT = 14, 14, 18


@dataclass(frozen=True)
class Chip:
    """A short word on a card: filled where it names a state, framed where it points at a rule."""

    word: str
    color: str = style.INK
    filled: bool = False

    @property
    def width(self) -> int:
        return dot.chip_width(self.word, style.TINY)


@dataclass(frozen=True)
class Line:
    """One line of a card: text, or cells with an optional text before them, at least `lead` points wide."""

    text: str = ""
    size: int = style.TEXT
    color: str = style.INK
    bold: bool = False
    cells: tuple[Cell, ...] = ()
    lead: int = 0

    @property
    def words_width(self) -> int:
        return max(round(text_width(self.text, self.size, bold=self.bold)) + 1 if self.text else 0, self.lead)

    @property
    def width(self) -> int:
        words = self.words_width
        return words + (4 if words and self.cells else 0) + (cells_width(self.cells) if self.cells else 0)


@dataclass(frozen=True)
class Card:
    """A box: its name with chips, its lines, its look. `share` is the part of it that is frozen.

    `paths` are the parts that it shows, `pad` points below the lines are left empty. `state` is how large the part is
    that it shows; a card of what is not there yet, or of several, has none.
    """

    id: str
    name: str
    look: style.Look
    chips: tuple[Chip, ...] = ()
    lines: tuple[Line, ...] = ()
    share: float = 0.0
    tooltip: str = ""
    url: str = ""
    muted: bool = False
    paths: tuple[str, ...] = ()
    pad: int = 0
    state: PartState = NOTHING

    @property
    def width(self) -> int:
        """The width of the text inside, in points."""
        return max([header_width(self.name, self.chips), *(min(line.width, WIDEST) for line in self.lines)])


def card_height(card: Card) -> float:
    """About how tall the card's node is, in points."""
    return 10 + HEADER_HEIGHT + sum((20 if line.cells else LINE_HEIGHT) + 1 for line in card.lines)


def compact(lines: Sequence[Line], width: int) -> tuple[Line, ...]:
    """The same lines with neighbours joined where both fit beside each other."""
    joined: list[Line] = []
    for line in lines:
        last = joined[-1] if joined else None
        both = (
            Line(f"{last.text} · {line.text}")
            if last and last.text and line.text and not (last.cells or line.cells)
            else None
        )
        if both and both.width <= width:
            joined[-1] = both
        else:
            joined.append(line)
    return tuple(joined)


def state_chip(word: str) -> Chip:
    look = style.LOOKS[word]
    return Chip(word, style.GREY if word == "LATER" else look.border, filled=True)


def rule_chips(numbers: Sequence[int]) -> tuple[Chip, ...]:
    """R1, R2 ...; more than four are counted, the tooltip names them."""
    shown = numbers if len(numbers) <= 4 else numbers[:3]
    chips = tuple(Chip(f"R{number}") for number in shown)
    return chips if len(numbers) <= 4 else (*chips, Chip(f"+{len(numbers) - 3}"))


def header_width(name: str, chips: Sequence[Chip], size: int = style.NAME) -> int:
    words = min(text_width(name, size, bold=True), WIDEST - 100)
    return round(words) + 2 + sum(chip.width + 5 for chip in chips)


def header(name: str, chips: Sequence[Chip], *, width: int, size: int = style.NAME, color: str = style.INK) -> dot.Html:
    """The name with its chips at the right end of a line of this width."""
    shown = shorten(name, WIDEST - 100, size, bold=True)
    used = sum(chip.width + 5 for chip in chips)
    name_cell = dot.cell(
        dot.text(shown, size, color, bold=True), ALIGN="LEFT", WIDTH=width - used, HEIGHT=HEADER_HEIGHT
    )
    cells = [name_cell]
    for chip in chips:
        cells += [dot.spacer(5), _chip(chip)]
    return dot.table(dot.row(*cells), ALIGN="LEFT", FIXEDSIZE="TRUE", WIDTH=width, HEIGHT=HEADER_HEIGHT)


def _chip(chip: Chip) -> str:
    if chip.filled:
        return dot.chip(
            chip.word,
            style.TINY,
            style.PAPER,
            width=chip.width,
            height=CHIP_HEIGHT,
            STYLE="ROUNDED",
            BGCOLOR=chip.color,
        )
    return dot.chip(
        chip.word,
        style.TINY,
        chip.color,
        width=chip.width,
        height=CHIP_HEIGHT,
        STYLE="ROUNDED",
        BORDER=1,
        COLOR=chip.color,
        BGCOLOR=style.PAPER,
    )


def draw_card(card: Card, width: int) -> str:
    """The DOT node of a card whose text is `width` points wide."""
    ink = style.MUTED if card.muted else style.INK
    rows = [dot.row(dot.cell(header(card.name, card.chips, width=width, color=ink)))]
    for line in card.lines:
        color = style.MUTED if card.muted and line.color == style.INK else line.color
        rows.append(_line(replace(line, color=color), width))
    if card.pad:
        rows.append(dot.row(dot.cell("", HEIGHT=card.pad)))
    values: dict[str, dot.Value] = {
        "id": card.id,
        "label": dot.table(*rows, CELLSPACING=1),
        "fillcolor": _fill(card),
        "color": card.look.border,
        "style": f"rounded,filled,{card.look.line}",
        "penwidth": card.look.weight,
        "tooltip": card.tooltip or card.name or " ",
        "URL": card.url,
    }
    return dot.node(card.id, values)


def _line(line: Line, width: int) -> str:
    words = line.words_width
    label = dot.text(shorten(line.text, width, line.size, bold=line.bold), line.size, line.color, bold=line.bold)
    if not line.cells:
        return dot.row(dot.cell(label, ALIGN="LEFT", HEIGHT=LINE_HEIGHT))
    room = width - (words + 4 if words else 0)
    cells = dot.cell(draw_cells(line.cells, room), ALIGN="LEFT")
    if not words:
        return dot.row(cells)
    both = dot.table(
        dot.row(dot.cell(label, ALIGN="LEFT", WIDTH=words + 4), cells), FIXEDSIZE="TRUE", WIDTH=width, HEIGHT=20
    )
    return dot.row(dot.cell(both, ALIGN="LEFT"))


def _fill(card: Card) -> str:
    """A part that is partly frozen shows the frozen share in grey, from the left."""
    if not 0 < card.share < 1:
        return card.look.fill
    return f"{style.FROZEN_SHARE};{min(max(card.share, 0.04), 0.96):.2f}:{card.look.fill}"
