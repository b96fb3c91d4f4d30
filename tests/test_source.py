"""Places in a text, counted in characters and in UTF-16 code units."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clspec.source import SourceFile

TEXTS = st.text(st.sampled_from("a\u00e9\N{SNAKE}\u4e2d \n\r\u2028"), max_size=40)


@given(TEXTS, st.data())
def test_a_place_comes_back_from_its_line_and_column(text, data) -> None:
    source = SourceFile("it", text)
    offset = data.draw(st.integers(0, len(text)))
    line, column = source.utf16_position(offset)
    before = text[:offset].rpartition("\n")[2]
    assert (line, column) == (text[:offset].count("\n") + 1, len(before.encode("utf-16-le")) // 2 + 1)
    if offset <= source.line_starts[line - 1] + len(source.line_text(line)):  # not behind a carriage return
        assert source.utf16_offset(line, column) == offset


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
    assert SourceFile("it", "abc\n\N{SNAKE}d").utf16_offset(line, column) == offset
