"""Places in a text, counted in code units of an encoding."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clspec.source import SourceFile

TEXTS = st.text(st.sampled_from("a\u00e9\N{SNAKE}\u4e2d \n\r\u2028"), max_size=40)


UNITS = [("utf-8", "utf-8", 1), ("utf-16", "utf-16-le", 2), ("utf-32", "utf-32-le", 4)]


@pytest.mark.parametrize(("unit", "codec", "width"), UNITS)
@given(TEXTS, st.data())
def test_a_place_comes_back_from_its_line_and_column(unit, codec, width, text, data) -> None:
    source = SourceFile("it", text)
    offset = data.draw(st.integers(0, len(text)))
    line, column = source.position_in(unit, offset)
    before = text[:offset].rpartition("\n")[2]
    assert (line, column) == (text[:offset].count("\n") + 1, len(before.encode(codec)) // width + 1)
    if offset <= source.line_starts[line - 1] + len(source.line_text(line)):  # not behind a carriage return
        assert source.offset_in(unit, line, column) == offset


@pytest.mark.parametrize(
    ("line", "column", "offset"),
    [
        (0, 5, 0),
        (-3, 1, 0),
        (1, -4, 0),
        (1, 0, 0),
        (1, 99, 3),
        (2, 99, 6),
        (3, 1, 6),
        (99, 99, 6),
        (2, 2, 4),
        (2, 3, 5),
    ],
)
def test_a_place_outside_of_the_text_is_the_nearest_inside(line, column, offset) -> None:
    """The second unit of the snake is no place of its own."""
    assert SourceFile("it", "abc\n\N{SNAKE}d").offset_in("utf-16", line, column) == offset
