"""The protocol byte by byte, for what no proper client would send."""

from __future__ import annotations

import contextlib
import json
import subprocess
import threading
from pathlib import Path
from typing import Any

from tests.lsp.conftest import COMMAND, ENVIRONMENT

PATIENCE = 30
"""Seconds until a test gives up on a process and ends it."""


class Wire:
    """A server process and the two ends of its pipes."""

    def __init__(self, folder: Path) -> None:
        pipe = subprocess.PIPE
        self.process = subprocess.Popen(COMMAND, cwd=folder, env=ENVIRONMENT, stdin=pipe, stdout=pipe, stderr=pipe)
        self.watch = threading.Timer(PATIENCE, self.process.kill)
        self.watch.start()

    def send(self, message: object) -> None:
        body = json.dumps(message).encode()
        self.write(b"Content-Length: %d\r\n\r\n%s" % (len(body), body))

    def write(self, data: bytes) -> None:
        self.process.stdin.write(data)
        self.process.stdin.flush()

    def receive(self) -> Any:
        """The next message of the server."""
        length = 0
        while (header := self.process.stdout.readline()) != b"\r\n":
            assert header, "the server closed its end"
            name, _, value = header.partition(b":")
            length = int(value) if name.lower() == b"content-length" else length
        return json.loads(self.process.stdout.read(length))

    def answer(self, number: int) -> Any:
        """The server's answer to the request of that number."""
        while (message := self.receive()).get("id") != number:
            pass
        return message

    def initialize(self, **capabilities: object) -> Any:
        self.send({"jsonrpc": "2.0", "id": 0, "method": "initialize", "params": {"capabilities": capabilities}})
        answer = self.answer(0)
        self.send({"jsonrpc": "2.0", "method": "initialized", "params": {}})
        return answer

    def open(self, uri: str, text: str) -> None:
        document = {"uri": uri, "languageId": "clspec", "version": 1, "text": text}
        self.send({"jsonrpc": "2.0", "method": "textDocument/didOpen", "params": {"textDocument": document}})

    def ask(self, number: int, method: str, **params: object) -> Any:
        self.send({"jsonrpc": "2.0", "id": number, "method": method, "params": params})
        return self.answer(number)

    def ended(self) -> tuple[int, str]:
        """Its exit code and what it said on standard error, once it has ended by itself."""
        code = self.process.wait(PATIENCE)
        return code, self.process.stderr.read().decode()

    def close(self) -> None:
        """Ends it, whatever state it is in."""
        self.watch.cancel()
        self.process.kill()
        self.process.wait()
        for end in (self.process.stdin, self.process.stdout, self.process.stderr):
            with contextlib.suppress(BrokenPipeError):  # what was never sent
                end.close()
