"""How wide text will be: boxes are sized before any engine or browser has seen a font."""

from __future__ import annotations

import unicodedata

# Thousandths of the font size in Helvetica Bold, which Arial and Liberation Sans share. Regular text is measured with
# it too: it is a few per cent narrower, and that is the slack a browser's own font gets.
_WIDTHS = {
    **dict.fromkeys(" \xa0,./IijlI\\", 278),
    **dict.fromkeys("!():;[]-`ft", 333),
    **dict.fromkeys("0123456789#$_aceksvxy", 556),
    **dict.fromkeys("?Lbdghnopqu", 611),
    **dict.fromkeys("+<=>~^×", 584),
    **dict.fromkeys("FTZ", 611),
    **dict.fromkeys("EPSVXY", 667),
    **dict.fromkeys("&ABCDHKNRU", 722),
    **dict.fromkeys("GOQw", 778),
    "'": 238,
    '"': 474,
    "%": 889,
    "*": 389,
    "@": 975,
    "J": 556,
    "M": 833,
    "W": 944,
    "m": 889,
    "r": 389,
    "z": 500,
    "{": 389,
    "}": 389,
    "|": 280,
    "·": 333,
    "–": 556,
    "…": 1000,
    "→": 1000,
}
_OTHER, _WIDE = 740, 1050


def text_width(text: str, size: float, *, bold: bool = False) -> float:
    """Width in points of `text` at a font size, a little on the generous side."""
    total = sum(_character(character) for character in text)
    return total * size / 1000 * (1.06 if bold else 1.0)


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
    return [line.removesuffix(" ·").removeprefix("· ") for line in lines]


def _ends(text: str, keep: int) -> str:
    tail = keep // 3
    return f"{text[: keep - tail]}…{text[len(text) - tail :]}"


def _character(character: str) -> int:
    known = _WIDTHS.get(character)
    if known is not None:
        return known
    if unicodedata.combining(character) or unicodedata.category(character) in {"Mn", "Me", "Cf"}:
        return 0
    return _WIDE if unicodedata.east_asian_width(character) in "WF" or ord(character) > 0xFFFF else _OTHER
