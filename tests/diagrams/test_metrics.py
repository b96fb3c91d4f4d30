"""Boxes are sized before a font is known: for the widest of the usual ones, and not much wider."""

from __future__ import annotations

import pytest

from clspec.diagrams.metrics import text_width, wrap

# Thousandths of the font size, summed over the advances that the font files give: Liberation Sans (with the widths of
# Helvetica and Arial), DejaVu Sans, then both in bold.
MEASURED = {
    "PART FROZEN": (7056, 7033, 7111, 7855),
    "GROWS": (3889, 3880, 3889, 4264),
    "when new classes arrive:": (11171, 12597, 12006, 14192),
    "8,578 params now · 1,290 after experience 4": (19846, 22678, 20734, 25331),
    "conv3×3, 16 + BN": (8005, 9313, 8282, 10126),
    "experience 2 →": (7004, 7670, 7337, 8444),
    "pytorchcv resnet20_cifar10": (12006, 13722, 12952, 15380),
    "task 3 … 48": (5336, 5967, 5503, 6545),
    "updated by the optimizer": (10951, 12699, 11834, 14333),
    "WeightAlignment": (7559, 8666, 8221, 9827),
    "_multi_head__fill_": (8061, 8738, 8670, 9662),
    "(illicit) filtering, jittery: it's {tiny}": (13250, 16502, 15017, 19207),
}

# Points that Graphviz 2.43 and 14 give the same text in DejaVu Sans, the wider of the two: on whole pixels.
IN_GRAPHVIZ = [
    ("GROWS", 8, True, 34.5),
    ("when new classes arrive:", 8, False, 108.0),
    ("conv3×3, 16 + BN", 8, False, 78.75),
    ("GROWS", 17, True, 74.25),
    ("task 3 … 48", 17, True, 113.25),
]


@pytest.mark.parametrize("size", [8, 9, 10, 11, 12, 13, 17])
@pytest.mark.parametrize("text", MEASURED)
def test_text_is_as_wide_as_in_the_widest_font_and_little_wider(text: str, size: int) -> None:
    for bold, fonts in ((False, MEASURED[text][:2]), (True, MEASURED[text][2:])):
        widest = max(fonts) * size / 1000
        assert widest - 0.1 <= text_width(text, size, bold=bold) <= 1.12 * widest


@pytest.mark.parametrize(("text", "size", "bold", "points"), IN_GRAPHVIZ)
def test_text_is_as_wide_as_graphviz_draws_it_on_whole_pixels(text: str, size: int, bold: bool, points: float) -> None:
    assert text_width(text, size, bold=bold) >= points


def test_combining_marks_take_no_room_and_ideographs_more_than_letters() -> None:
    assert text_width("e\u0301", 10) == text_width("e", 10)
    assert text_width("模", 10) > text_width("м", 10) > text_width("m", 10) / 2


@pytest.mark.parametrize("limit", range(10, 90))
def test_no_line_begins_with_ends_with_or_is_a_separator(limit: int) -> None:
    lines = wrap("aaaa · bbbbbb · cc · dddddddd", limit, 10)
    assert not any(line.startswith("·") or line.endswith("·") for line in lines)
    assert all(text_width(line, 10) <= limit for line in lines if len(line) > 3)
    assert wrap("aaaa · bbbb", 28, 10) == ["aaaa", "bbbb"]
