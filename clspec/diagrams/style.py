"""How everything looks: one place for colours, fonts and the words of states.

A state is told three times, by fill, by border and by a word, so that no reader depends on colour. The hues are
blue and vermilion from Okabe and Ito's palette with greys, which stay apart under every colour blindness and in print.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

FONT = "Helvetica,Arial,sans-serif"
TITLE, HEADING, NAME, TEXT, SMALL, TINY = 17, 13, 12, 10, 9, 8
"""Font sizes in points: the picture's title, a frame's heading, a box's name, its lines, side notes, chips."""

INK, MUTED, LINE, PAPER = "#1B2733", "#4F5E6C", "#3E4C59", "#FFFFFF"
GREY, PALE, BLUE, ORANGE = "#5A6874", "#84919D", "#005A8C", "#A84300"
FROZEN_SHARE, FRAME = "#D3DAE0", "#FAFBFC"

README_WIDTH = 760
"""Points that a picture may be wide and still be read in a README column of about 900 pixels."""


@dataclass(frozen=True)
class Look:
    """A box in one state, and the chip that names the state."""

    fill: str
    border: str
    line: str = "solid"
    weight: float = 1.2
    meaning: str = ""


FIXED = Look(PAPER, PALE, weight=1.0)

LOOKS = {
    "FROZEN": Look("#E1E7EC", GREY, meaning="fixed weights"),
    "PART FROZEN": Look(PAPER, BLUE, weight=1.6, meaning="the grey share is fixed"),
    "TRAINS": Look(PAPER, BLUE, weight=1.6, meaning="updated by the optimizer"),
    "GROWS": Look("#FFF3E6", ORANGE, "dashed", 1.8, meaning="changes shape by a rule"),
    "NEW": Look("#FFE1C2", ORANGE, weight=2.6, meaning="added for the newest task"),
    "LATER": Look(PAPER, PALE, "dotted", 1.2, meaning="built when its rule fires"),
}
"""The looks of the states, in the order of the legend."""

CHANGED = Look("#FFE1C2", ORANGE, weight=3.0, meaning="what this experience changed")
"""A part of the filmstrip that the experience changed; its chip says how."""


MARKS = {
    "ADDED": Look("#E3F1FA", BLUE, weight=2.0, meaning="is new"),
    "REMOVED": Look(PAPER, GREY, "dotted", 2.0, meaning="is no more"),
    "CHANGED": replace(CHANGED, meaning="is otherwise"),
    "MOVED": Look("#FFF3E6", ORANGE, "dashed", 1.8, meaning="has another name or place"),
}
"""The looks of what became of the parts of a model, in the order of the legend."""


@dataclass(frozen=True)
class CellLook:
    """A head's row for one class."""

    fill: str
    border: str
    color: str
    weight: int = 1
    line: str = ""
    bold: bool = False
    meaning: str = ""


CELLS = {
    "kept": CellLook("#D5DCE2", GREY, INK, meaning="class known before"),
    "new": CellLook("#FFB877", ORANGE, INK, weight=2, bold=True, meaning="newest class"),
    "later": CellLook(PAPER, "#A9B4BE", "#5F6C78", line="DOTTED", meaning="class to come"),
    "born": CellLook(PAPER, BLUE, INK, meaning="row not claimed yet"),
    "retired": CellLook(PAPER, GREY, GREY, meaning="row retired"),
}
"""The looks of class cells, in the order of the legend; `gap` is no cell, only `…`."""
