"""How wide text will be: boxes are sized before any engine or browser has seen a font."""

from __future__ import annotations

import unicodedata
from functools import cache
from math import floor


def _chart(rows: str) -> dict[str, int]:
    return {chr(code): int(width) for code, width in enumerate(rows.split(), start=ord(" "))}


# Thousandths of the font size, from space to ~ in rows of sixteen: of Liberation Sans (whose widths are those of
# Helvetica and Arial) and DejaVu Sans (which Linux takes for `sans-serif`) the wider one.
_REGULAR = _chart("""
     318  401  460  838  637  951  780  275  391  391  500  838  318  361  318  337
     637  637  637  637  637  637  637  637  637  637  337  337  838  838  838  557
    1016  685  687  723  771  667  611  778  752  295  500  667  558  863  749  788
     667  788  723  667  611  732  685  989  686  667  686  391  337  391  838  557
     500  613  635  550  635  616  353  635  634  278  278  580  278  975  634  612
     635  635  412  521  393  634  592  818  592  592  525  637  337  637  838
""")
_BOLD = _chart("""
     349  457  521  838  696 1002  873  307  458  458  523  838  380  416  380  366
     696  696  696  696  696  696  696  696  696  696  400  400  838  838  838  611
    1000  774  763  734  831  684  684  821  837  373  557  775  638  996  837  851
     733  851  771  721  683  813  774 1104  771  725  726  458  366  458  838  557
     500  675  716  593  716  679  436  716  712  343  343  666  343 1042  712  688
     716  716  494  596  479  712  652  924  646  652  583  712  366  712  838
""")
_BESIDES = {"\xa0": 349, "·": 380, "–": 557, "×": 838, "…": 1000, "→": 1000}
_OTHER, _WIDE, _BEYOND = 840, 1300, 1750
"""Letters of other scripts; ideographs and emoji, as wide as the box with its number that stands for a missing one."""


def text_width(text: str, size: float, *, bold: bool = False) -> float:
    """Width in points of `text` at a font size in the widest of the usual fonts."""
    known = _BOLD if bold else _REGULAR
    return sum(_advance(known.get(character) or _besides(character), size) for character in text)


@cache
def _advance(width: int, size: float) -> float:
    """The points that a character takes: a browser scales, Graphviz rounds to pixels, of which 96 are an inch.

    Versions differ in whether they round the font size too.
    """
    scale = 96 / 72
    pixels = size * scale / 1000
    whole = _rounded(size * scale) / 1000
    return max(width * pixels, _rounded(width * pixels), _rounded(width * whole)) / scale


def _rounded(pixels: float) -> int:
    # Fonts are measured in 64ths of a pixel, so what is nearly half may be half.
    return floor(pixels + 33 / 64)


def shorten(text: str, limit: float, size: float, *, bold: bool = False) -> str:
    """`text`, or its two ends around `…` where it is wider than `limit` points."""
    if text_width(text, size, bold=bold) <= limit:
        return text
    keep = len(text) - 1
    while keep > 2 and text_width(_ends(text, keep), size, bold=bold) > limit:
        keep = min(keep - 1, keep * 9 // 10)
    return _ends(text, keep)


def wrap(text: str, limit: float, size: float) -> list[str]:
    """The words of `text` in lines no wider than `limit` points; a word too wide for a line is shortened."""
    lines: list[str] = []
    for word in filter(None, text.split(" ")):
        fitting = shorten(word, limit, size)
        if lines and text_width(f"{lines[-1]} {fitting}", size) <= limit:
            lines[-1] += f" {fitting}"
        else:
            lines.append(fitting)
    # A separator at either end of a line separates nothing.
    return [line.removesuffix(" ·").removeprefix("· ") for line in lines if line != "·"]


def _ends(text: str, keep: int) -> str:
    tail = keep // 3
    return f"{text[: keep - tail]}…{text[len(text) - tail :]}"


def _besides(character: str) -> int:
    known = _BESIDES.get(character)
    if known is not None:
        return known
    if unicodedata.combining(character) or unicodedata.category(character) in {"Mn", "Me", "Cf"}:
        return 0
    if ord(character) > 0xFFFF:
        return _BEYOND
    return _WIDE if unicodedata.east_asian_width(character) in "WF" else _OTHER
