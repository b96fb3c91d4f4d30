"""How long the language server takes to answer, on a spec of 500 lines: medians of nine rounds in which all take turns.

A real server process, and a client that talks to it over its pipes as an editor does. The clock runs from the change of
a text (a keystroke) until the whole answer is read, so that reading and checking the text anew is part of it; findings
also wait until nobody has typed for a moment. Where the machine has other work, an answer waits longer than it takes:
the time that the server itself worked stands beside it, and the ratio to reading and checking the text in this process.
"""

from __future__ import annotations

import gc
import json
import math
import os
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path
from statistics import median
from typing import Any

from benchmarks.specs import models
from clspec import driver
from clspec.source import SourceFile

ROOT = Path(__file__).parents[1]
RUNS = 9
TEXT = models(49)
CALL = "per_task(incremental(initial=1))"
START = [at for at in range(len(TEXT)) if TEXT.startswith(f"classifier = {CALL}", at)][4]
"""Where a part is declared, in the middle of the text."""
BEHIND = START + len("classifier = ")


def with_call(call: str) -> str:
    """The text with something else in the place of a component."""
    return TEXT[:BEHIND] + call + TEXT[BEHIND + len(CALL) :]


MISTAKE, HALF, OPEN = (with_call(call) for call in ("per_tsak(incremental())", "per_", "per_task(incremental(mas"))


@dataclass(frozen=True)
class Row:
    """A question about a text; without a method it is what the server tells unasked."""

    name: str
    text: str = TEXT
    method: str = ""
    at: int | None = None
    more: dict[str, Any] = field(default_factory=dict)

    def params(self) -> dict[str, Any]:
        place = {} if self.at is None else {"position": position(self.at)}
        return {**place, **self.more}


def position(offset: int) -> dict[str, int]:
    return {"line": TEXT.count("\n", 0, offset), "character": offset - TEXT.rfind("\n", 0, offset) - 1}


ROWS = (
    Row("findings: none"),
    Row("findings: a misspelt component", MISTAKE),
    Row("findings: a half-written line", HALF),
    Row("hover", TEXT, "hover", START + 3),
    Row("definition", TEXT, "definition", START + 3),
    Row("completion of a component", HALF, "completion", BEHIND + len("per_")),
    Row("completion of an argument", OPEN, "completion", BEHIND + len("per_task(incremental(mas")),
    Row("fixes", MISTAKE, "codeAction", None,
        {"range": {"start": position(BEHIND), "end": position(BEHIND)}, "context": {"diagnostics": []}}),
    Row("formatting", TEXT.replace("    neck", "  neck", 1), "formatting", None,
        {"options": {"tabSize": 4, "insertSpaces": True}}),
    Row("rename", TEXT, "rename", START + 3, {"newName": "answers"}),
)  # fmt: skip


class Client:
    """A server process, and the messages to it and from it."""

    def __init__(self, folder: Path) -> None:
        self.numbers = count(2)
        self.told: list[Any] = []
        environment = {**os.environ, "PYTHONPATH": str(ROOT)}
        command = [sys.executable, "-m", "clspec", "lsp"]
        pipe = subprocess.PIPE
        self.process = subprocess.Popen(command, cwd=folder, env=environment, stdin=pipe, stdout=pipe)
        self.ask("initialize", capabilities={}, rootUri=folder.as_uri())
        self.tell("initialized")

    def send(self, **message: object) -> None:
        body = json.dumps({"jsonrpc": "2.0", **message}).encode()
        assert self.process.stdin
        self.process.stdin.write(b"Content-Length: %d\r\n\r\n%s" % (len(body), body))
        self.process.stdin.flush()

    def receive(self) -> Any:
        assert self.process.stdout
        length = 0
        while header := self.process.stdout.readline().strip():
            name, _, value = header.partition(b":")
            length = int(value) if name.lower() == b"content-length" else length
        return json.loads(self.process.stdout.read(length))

    def tell(self, method: str, **params: object) -> None:
        self.send(method=method, params=params)

    def ask(self, method: str, **params: object) -> Any:
        """The server's answer; raises AssertionError where it is an error."""
        number = next(self.numbers)
        self.send(id=number, method=method, params=params)
        while (message := self.receive()).get("id") != number:
            self.told.append(message)
        assert "error" not in message, message
        return message["result"]

    def findings(self) -> list[Any]:
        """What is told next of a text."""
        while True:
            message = self.told.pop(0) if self.told else self.receive()
            if message.get("method") == "textDocument/publishDiagnostics":
                return message["params"]["diagnostics"]

    def close(self) -> None:
        self.ask("shutdown")
        self.tell("exit")
        self.process.wait()

    def working(self) -> float:
        """Seconds that the server has worked so far, by all of its threads; nan where the system does not say."""
        files = [*Path(f"/proc/{self.process.pid}/task").glob("*/schedstat")]
        return sum(int(each.read_text().split()[0]) for each in files) / 1e9 if files else math.nan


@dataclass
class Times:
    """Seconds of a row, round by round."""

    keystroke: list[float] = field(default_factory=list)
    worked: list[float] = field(default_factory=list)
    again: list[float] = field(default_factory=list)


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "many.clspec"
        path.write_text(TEXT, "utf-8")
        client = Client(Path(folder))
        times, check = measure(client, path.as_uri())
        client.close()
    print(f"{TEXT.count(chr(10))} lines; reading and checking them takes {check * 1000:.0f} ms in this process\n")
    print("| answer | after a keystroke, ms | worked, ms | ratio | asked again, ms |")
    print("| --- | ---: | ---: | ---: | ---: |")
    for row in ROWS:
        found = times[row.name]
        again = f"{median(found.again) * 1000:.0f}" if row.method else ""
        keystroke, worked = median(found.keystroke), median(found.worked)
        print(f"| {row.name} | {keystroke * 1000:.0f} | {worked * 1000:.0f} | {keystroke / check:.1f} | {again} |")


def measure(client: Client, uri: str) -> tuple[dict[str, Times], float]:
    """The seconds of every row, and those of a check; all take turns, and a first round does not count."""
    document = {"uri": uri, "languageId": "clspec", "version": 1, "text": TEXT}
    client.tell("textDocument/didOpen", textDocument=document)
    client.findings()
    times = {row.name: Times() for row in ROWS}
    checks: list[float] = []
    for turn in range(RUNS + 1):
        for row in ROWS:
            found = measure_row(client, uri, row, turn)
            if turn:
                times[row.name].keystroke.append(found[0])
                times[row.name].worked.append(found[1])
                times[row.name].again.append(found[2])
        gc.collect()
        start = time.perf_counter()
        driver.check(SourceFile("many.clspec", TEXT))
        checks.append(time.perf_counter() - start)
    return times, median(checks[1:])


def measure_row(client: Client, uri: str, row: Row, turn: int) -> tuple[float, float, float]:
    """Seconds from a change to the answer, those that the server worked, and those to the same question once more."""
    text = row.text.replace("classes=10", f"classes={5 * turn + 15}", 1)  # as long, and new in every turn
    worked, start = client.working(), time.perf_counter()
    client.tell("textDocument/didChange", textDocument={"uri": uri, "version": 2}, contentChanges=[{"text": text}])
    if row.method:
        answer = client.ask(f"textDocument/{row.method}", textDocument={"uri": uri}, **row.params())
        assert answer, row.name
    else:
        assert bool(client.findings()) == (row.text != TEXT), row.name
    seconds, worked = time.perf_counter() - start, client.working() - worked
    if not row.method:
        return seconds, worked, 0.0
    client.findings()
    start = time.perf_counter()
    client.ask(f"textDocument/{row.method}", textDocument={"uri": uri}, **row.params())
    return seconds, worked, time.perf_counter() - start


if __name__ == "__main__":
    main()
