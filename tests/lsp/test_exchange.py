"""One exchange with the server, as it goes over the pipes: recorded in exchange.txt, `-->` to the server."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from clspec.version import VERSION
from tests.lsp.wire import Wire

RECORD = Path(__file__).parent / "exchange.txt"
NAMED = {"uri": "file:///nowhere/net.clspec"}
SPEC = "clspec 1\nmodel Net(size=8) {\n  input features(4)\n  neck body = linear(size)\n  head labels = %s()\n}\n"
OPENED = {**NAMED, "languageId": "clspec", "version": 1, "text": SPEC % "incremantal"}
CHANGED = {"textDocument": {**NAMED, "version": 2}, "contentChanges": [{"text": SPEC % "incremental"}]}
TOLD = "textDocument/publishDiagnostics"
WORD = {"start": {"line": 4, "character": 16}, "end": {"line": 4, "character": 27}}


def at(line: int, character: int, **more: object) -> dict[str, object]:
    return {"textDocument": NAMED, "position": {"line": line, "character": character}, **more}


EXCHANGE: tuple[tuple[str, dict[str, object] | None, str], ...] = (
    ("initialize", {"capabilities": {}}, "answer"),
    ("initialized", {}, ""),
    ("textDocument/didOpen", {"textDocument": OPENED}, TOLD),
    ("textDocument/codeAction", {"textDocument": NAMED, "range": WORD, "context": {"diagnostics": []}}, "answer"),
    ("textDocument/didChange", CHANGED, TOLD),
    ("textDocument/hover", at(4, 8), "answer"),
    ("textDocument/definition", at(3, 22), "answer"),
    ("textDocument/completion", at(4, 20), "answer"),
    ("textDocument/prepareRename", at(3, 9), "answer"),
    ("textDocument/rename", at(1, 12, newName="width"), "answer"),
    ("textDocument/rename", at(1, 12, newName="model"), "answer"),
    (
        "textDocument/formatting",
        {"textDocument": NAMED, "options": {"tabSize": 4, "insertSpaces": True}},
        "answer",
    ),
    ("textDocument/didClose", {"textDocument": NAMED}, TOLD),
    ("shutdown", None, "answer"),
    ("exit", None, ""),
)
"""What a client sends, and what it then waits for: the answer, a notification, or nothing."""


@pytest.fixture
def wire(tmp_path):
    made = Wire(tmp_path)
    yield made
    made.close()


def test_the_exchange_is_as_it_was_recorded(wire, golden) -> None:
    lines: list[str] = []
    for number, (method, params, wait) in enumerate(EXCHANGE):
        request = {"id": number} if wait == "answer" else {}
        sent = {"jsonrpc": "2.0", **request, "method": method} | ({} if params is None else {"params": params})
        wire.send(sent)
        lines.append(f"--> {json.dumps(sent, sort_keys=True)}")
        if wait:
            received = wire.receive()
            lines.append(f"<-- {json.dumps(received, sort_keys=True, ensure_ascii=False)}")
            assert received.get("method", "answer") == wait
            assert received.get("id") == request.get("id")
    code, error = wire.ended()
    assert code == 0
    lines += ["and on standard error:", *error.splitlines()]
    golden("\n".join(lines).replace(f'"{VERSION}"', '"VERSION"') + "\n", RECORD)
