"""Clients that break the rules: no traceback, an answer where there can be one, and nothing left running."""

from __future__ import annotations

import pytest

from tests.lsp.wire import Wire

URI = "file:///nowhere/net.clspec"
TEXT = "clspec 1\nmodel Net {\n    input features(4)\n    head h = incremental()\n}\n"


@pytest.fixture
def wire(tmp_path):
    made = Wire(tmp_path)
    yield made
    made.close()


def test_goodbye(wire) -> None:
    wire.initialize()
    assert wire.ask(1, "shutdown")["result"] is None
    wire.send({"jsonrpc": "2.0", "method": "exit"})
    assert wire.ended() == (0, "")


def test_it_ends_when_its_input_is_closed(wire) -> None:
    wire.initialize()
    wire.open(URI, TEXT)
    wire.process.stdin.close()
    code, error = wire.ended()
    assert "Traceback" not in error
    assert code in (0, 1)


def test_it_ends_when_nobody_reads_its_output(wire) -> None:
    wire.initialize()
    wire.process.stdout.close()
    wire.open(URI, TEXT)
    code, error = wire.ended()
    assert "Traceback" not in error
    assert code in (0, 1)


HALF = "clspec lsp: this is no JSON, or half of it: "


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (b'Content-Length: 5000\r\n\r\n{"jsonrpc": "2.0", "method": "textDocument/didOpen", "params": {"textDoc', HALF),
        (b"Content-Length: 50", ""),
        (b"", ""),
    ],
)
def test_a_client_that_stops_in_the_midst_of_a_message(wire, data, said) -> None:
    wire.initialize()
    wire.write(data)
    wire.process.stdin.close()
    code, error = wire.ended()
    assert error.startswith(said) and error.count("\n") == bool(said)
    assert code == 0


NO_MESSAGE = "clspec lsp: this is no message of the protocol: it has no `jsonrpc`"


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (b"nonsense\r\n\r\n", ""),
        (b"Content-Length: 9\r\n\r\nnonsense!", HALF),
        (b"Content-Length: 2\r\n\r\n[]", NO_MESSAGE),
        (b"Content-Length: 4\r\n\r\nnull", NO_MESSAGE),
        (b"Content-Length: 8\r\n\r\n\xff\xfe\xff\xfe\xff\xfe\xff\xfe", HALF),
    ],
)
def test_it_goes_on_after_a_message_that_is_none(wire, data, said) -> None:
    wire.initialize()
    wire.write(data)
    wire.open(URI, TEXT)
    found = wire.ask(1, "textDocument/hover", textDocument={"uri": URI}, position={"line": 3, "character": 9})
    assert "head h" in found["result"]["contents"]["value"]
    wire.process.stdin.close()
    error = wire.ended()[1]
    assert error.startswith(said) and error.count("\n") == bool(said)


QUESTIONS = {
    "textDocument/hover": {},
    "textDocument/completion": {},
    "textDocument/definition": {},
    "textDocument/rename": {"newName": "fresh"},
    "textDocument/prepareRename": {},
}


@pytest.mark.parametrize("method", QUESTIONS)
def test_positions_outside_of_the_text_and_texts_that_are_not_open(wire, method) -> None:
    wire.initialize()
    wire.open(URI, TEXT)
    number = 1
    places = [(999, 0), (0, 999), (2**31 - 1, 2**31 - 1), (5, 0)]
    for uri in (URI, "file:///nowhere/other.clspec", "untitled:Untitled-1", "http://host/a", "", "file://%00"):
        for line, character in places:
            place = {"line": line, "character": character}
            answer = wire.ask(number, method, textDocument={"uri": uri}, position=place, **QUESTIONS[method])
            assert "result" in answer or answer["error"]["message"]
            assert "Traceback" not in str(answer)
            number += 1
    answer = wire.ask(number, method, textDocument={"uri": URI}, position={"line": -1, "character": -7}, newName="x")
    assert "Traceback" not in str(answer.get("result"))
    wire.process.stdin.close()
    assert "Traceback" not in wire.ended()[1]


@pytest.mark.parametrize("method", QUESTIONS)
def test_a_question_without_what_it_is_about(wire, method) -> None:
    wire.initialize()
    assert wire.ask(1, method)["error"]["message"]
    assert wire.ask(2, method, textDocument=3, position="here")["error"]["message"]
    assert wire.ask(3, "shutdown")["result"] is None


def test_a_method_that_there_is_not(wire) -> None:
    wire.initialize()
    assert wire.ask(1, "textDocument/dance")["error"]["code"] == -32601


def test_half_a_document_and_one_that_is_no_spec(wire) -> None:
    wire.initialize()
    for number, text in enumerate(("clspec 1\nmodel Net {\n  head h =", "\x00\x01", "{" * 300, "\N{SNAKE}" * 10), 1):
        wire.open(URI, text)
        while (told := wire.receive()).get("method") != "textDocument/publishDiagnostics":
            pass
        assert told["params"]["diagnostics"]
        place = {"line": 2, "character": 10}
        answer = wire.ask(number, "textDocument/completion", textDocument={"uri": URI}, position=place)
        assert "result" in answer
    wire.process.stdin.close()
    assert "Traceback" not in wire.ended()[1]


def test_a_spec_runs_no_code(wire) -> None:
    """`module(...)` needs leave; without it, a spec runs nothing."""
    wire.initialize()
    wire.open(URI, TEXT.replace("head", 'backbone b = module("antigravity:fly")\n    head'))
    while (told := wire.receive()).get("method") != "textDocument/publishDiagnostics":
        pass
    assert [each["code"] for each in told["params"]["diagnostics"]] == ["CL209"]
