"""What stands around a picture: the title above, the legend and the numbered rules below."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from clspec.diagrams import dot, style
from clspec.diagrams.cards import Card, Chip
from clspec.diagrams.metrics import shorten, text_width, wrap
from clspec.diagrams.scene import RuleLine

MOST_RULES = 16
"""As many rules are listed; `clspec plan` prints them all."""

NO_TITLE = dot.text_label("", 1, style.PAPER)
"""What stands above a picture without a title: a box without a label takes that of the box around it."""


def title_label(title: str, lines: Sequence[str], width: int) -> dot.Html:
    """The title with its side lines, wrapped to a width."""
    rows = [
        dot.cell(
            dot.text(shorten(title, width, style.TITLE, bold=True), style.TITLE, style.INK, bold=True), ALIGN="LEFT"
        )
    ]
    for line in lines:
        rows += [
            dot.cell(dot.text(part, style.TEXT, style.MUTED), ALIGN="LEFT")
            for part in wrap(line, width, style.TEXT)[:3]
        ]
    return dot.table(*(dot.row(row) for row in rows), CELLSPACING=2)


def facts_line(facts: Sequence[str]) -> str:
    """Facts in a row that breaks between them only."""
    return " · ".join(fact.replace(" ", "\xa0") for fact in facts if fact)


def caption_label(
    looks: Iterable[tuple[str, style.Look]],
    cells: Iterable[str],
    rules: Sequence[RuleLine],
    width: int,
    notes: Sequence[str] = (),
) -> dot.Html:
    """The legend of what occurs, then the rules and notes; a picture without any has an empty line."""
    items = [_state_item(word, look) for word, look in looks]
    items += [_cell_item(kind) for kind in style.CELLS if kind in set(cells)]
    lines = [_line(line) for line in _wrapped(items, width)]
    for rule in rules[:MOST_RULES]:
        lines += _rule(rule, width)
    if len(rules) > MOST_RULES:
        lines.append(dot.text(f"… {len(rules) - MOST_RULES} more rules", style.TEXT, style.MUTED))
    lines += [
        dot.text(part, style.TEXT, style.INK) if not at else _indented(part)
        for note in notes
        for at, part in enumerate(wrap(note, width - 24, style.TEXT))
    ]
    rows = [dot.row(dot.cell(line, ALIGN="LEFT")) for line in lines]
    return dot.table(*(rows or [dot.row(dot.spacer(1, 1))]), CELLSPACING=1)


def card_legend(cards: Sequence[Card], chips: Iterable[Chip] = ()) -> tuple[list[tuple[str, style.Look]], set[str]]:
    """The states and the kinds of cells that occur on cards, and on `chips` beside them."""
    words = {chip.word for card in cards for chip in card.chips} | {chip.word for chip in chips}
    kinds = {cell.kind for card in cards for line in card.lines for cell in line.cells}
    return [(word, look) for word, look in style.LOOKS.items() if word in words], {*kinds}


Item = tuple[list[tuple[str, int]], int]


def _state_item(word: str, look: style.Look) -> Item:
    wide = dot.chip_width(word, style.TINY) + 4
    swatch = dot.chip(
        word,
        style.TINY,
        look.border if word != "LATER" else style.GREY,
        width=wide,
        height=17,
        BORDER=2 if look.weight > 1.7 else 1,
        COLOR=look.border,
        BGCOLOR=style.FROZEN_SHARE if word == "PART FROZEN" else look.fill,
        STYLE={"dashed": "DASHED", "dotted": "DOTTED"}.get(look.line, "ROUNDED"),
    )
    return _item(swatch, wide, look.meaning)


def _cell_item(kind: str) -> Item:
    look = style.CELLS[kind]
    blank = dot.text("×" if kind == "retired" else " ", style.TINY, look.color)
    swatch = dot.cell(
        blank,
        BORDER=look.weight,
        COLOR=look.border,
        BGCOLOR=look.fill,
        STYLE=look.line,
        FIXEDSIZE="TRUE",
        WIDTH=14,
        HEIGHT=15,
    )
    return _item(
        dot.cell(
            dot.table(dot.row(swatch), FIXEDSIZE="TRUE", WIDTH=14, HEIGHT=15), FIXEDSIZE="TRUE", WIDTH=14, HEIGHT=15
        ),
        14,
        look.meaning,
    )


def _item(swatch: str, wide: int, meaning: str) -> Item:
    words = round(text_width(meaning, style.SMALL)) + 16
    said = dot.cell(dot.text(meaning, style.SMALL, style.INK), ALIGN="LEFT", WIDTH=words)
    gap = dot.spacer(5)
    return [(swatch, wide), (gap, 5), (said, words)], wide + 5 + words


def _wrapped(items: Sequence[Item], width: int) -> list[list[Item]]:
    lines: list[list[Item]] = []
    for item in items:
        if lines and sum(wide for _, wide in lines[-1]) + item[1] <= width:
            lines[-1].append(item)
        else:
            lines.append([item])
    return lines


def _line(items: Sequence[Item]) -> str:
    cells = [cell for parts, _ in items for cell in parts]
    return dot.line_of(cells, width=sum(wide for _, wide in items), height=22)


def _rule(rule: RuleLine, width: int) -> list[str]:
    """The rule in as many lines as it needs, the later ones indented."""
    number, when = f"R{rule.number}", f"{shorten(rule.when, width - 60, style.TEXT)}:\xa0\xa0"
    lead = text_width(f"{number}\xa0\xa0{when}", style.TEXT, bold=True)
    what = rule.what + (" · its own rule" if rule.own else "")
    first = wrap(what, max(width - lead, 60), style.TEXT) or [""]
    rest = wrap(" ".join(first[1:]), width - 24, style.TEXT)
    head = dot.text(f"{number}\xa0\xa0", style.TEXT, style.ORANGE, bold=True) + dot.text(
        when, style.TEXT, style.INK, bold=True
    )
    return [
        head + dot.text(first[0], style.TEXT, style.INK),
        *(_indented(line) for line in rest),
    ]


def _indented(line: str) -> str:
    words = round(text_width(line, style.TEXT)) + 2
    said = dot.cell(dot.text(line, style.TEXT, style.INK), ALIGN="LEFT", WIDTH=words)
    return dot.line_of([(dot.spacer(22), 22), (said, words)], width=22 + words, height=14)
