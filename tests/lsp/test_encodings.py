"""Columns, counted in what client and server agree on; editors name what they can count in."""

from __future__ import annotations

import pytest

from tests.lsp.wire import Wire

URI = "file:///nowhere/net.clspec"
BEFORE = 'model Net { "\N{SNAKE}é" input features(4) head '
TEXT = f"clspec 1\n{BEFORE}labels = incremental() }}\n"


@pytest.fixture
def wire(tmp_path):
    made = Wire(tmp_path)
    yield made
    made.close()


@pytest.mark.parametrize(
    ("named", "agreed", "column"),
    [
        (None, "utf-16", len(BEFORE) + 1),
        (["utf-16"], "utf-16", len(BEFORE) + 1),
        (["utf-8", "utf-16"], "utf-8", len(BEFORE.encode())),
        (["utf-32"], "utf-32", len(BEFORE)),
        (["furlongs"], "utf-16", len(BEFORE) + 1),
        ([], "utf-16", len(BEFORE) + 1),
    ],
)
def test_columns_are_counted_as_agreed(wire, named, agreed, column) -> None:
    general = {} if named is None else {"general": {"positionEncodings": named}}
    assert wire.initialize(**general)["result"]["capabilities"]["positionEncoding"] == agreed
    wire.open(URI, TEXT)
    place = {"line": 1, "character": column + 2}
    told = wire.ask(1, "textDocument/hover", textDocument={"uri": URI}, position=place)
    assert told["result"]["range"]["start"] == {"line": 1, "character": column}
    assert told["result"]["range"]["end"] == {"line": 1, "character": column + len("labels")}
