"""`clspec check --watch`: a process of its own, which checks again after each change and leaves nothing behind."""

from __future__ import annotations

import os
import select
import signal
import subprocess
import sys
from pathlib import Path

import pytest

GOOD = "clspec 1\nmodel Net {\n    input features(4)\n    head h = incremental()\n}\n"
BAD = GOOD.replace("incremental", "incremantal")
PATIENCE = 60
"""Seconds until a test gives up on a process; nothing waits for so long where all is well."""


class Watcher:
    """A watching process and what it has printed so far."""

    def __init__(self, folder: Path, *arguments: str) -> None:
        command = [sys.executable, "-m", "clspec", "check", "--watch", "--output-format", "concise", *arguments]
        # Jobs in the background of a script are started deaf to Ctrl-C, and so would be what they start.
        heard = signal.signal(signal.SIGINT, signal.default_int_handler)
        self.process = subprocess.Popen(command, cwd=folder, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        signal.signal(signal.SIGINT, heard)
        self.told = ""

    def sees(self, text: str) -> None:
        """Waits until a text is printed, then forgets what was printed up to it."""
        output = self.process.stdout
        while text not in self.told:
            assert select.select([output], [], [], PATIENCE)[0], f"{text!r} did not come, but {self.told!r}"
            piece = os.read(output.fileno(), 10_000)
            assert piece, self.told + self.process.stderr.read().decode()
            self.told += piece.decode()
        self.told = self.told.partition(text)[2]

    def stopped(self) -> tuple[int, str]:
        """Its exit code and standard error once it is interrupted."""
        self.process.send_signal(signal.SIGINT)
        return self.ended()

    def ended(self) -> tuple[int, str]:
        error = self.process.communicate(timeout=PATIENCE)[1].decode()
        return self.process.returncode, error


@pytest.fixture
def watcher(tmp_path):
    """Starts one in the test's folder."""
    started: list[Watcher] = []

    def start(*arguments: str) -> Watcher:
        started.append(Watcher(tmp_path, *arguments))
        return started[-1]

    yield start
    for each in started:
        each.process.kill()
        each.process.wait()
        each.process.stdout.close()
        each.process.stderr.close()


def replaced(path: Path, text: str) -> None:
    """Puts a new file in the place of the old one, as editors do."""
    draft = path.with_suffix(".swp")
    draft.write_text(text)
    draft.replace(path)


def test_a_change_a_replaced_file_and_one_that_goes_and_comes(watcher, tmp_path) -> None:
    spec = tmp_path / "net.clspec"
    spec.write_text(GOOD)
    watching = watcher("net.clspec")
    watching.sees("net.clspec: fine\n")
    spec.write_text(BAD)
    watching.sees("net.clspec:4:14: error[CL110]")
    replaced(spec, GOOD)
    watching.sees("net.clspec: fine\n")
    spec.unlink()
    watching.sees("error[CL005]")
    spec.write_text(GOOD)
    watching.sees("net.clspec: fine\n")
    code, error = watching.stopped()
    assert code == 130
    assert "Traceback" not in error


def test_a_file_that_is_used_and_one_that_is_not_there_yet(watcher, tmp_path) -> None:
    spec, used = tmp_path / "net.clspec", tmp_path / "blocks" / "necks.clspec"
    spec.write_text('clspec 1\nuse "blocks/necks.clspec"\nmodel Net { input features(4) neck a = necks.Wide() }\n')
    watching = watcher("net.clspec")
    watching.sees("error[CL114]")
    used.parent.mkdir()
    used.write_text("clspec 1\nmodel Wide { input features() neck a = linaer(4) }\n")
    watching.sees("blocks/necks.clspec:2:40: error[CL110]")
    used.write_text("clspec 1\nmodel Wide { input features() neck a = linear(4) }\n")
    watching.sees("net.clspec: fine\n")


def test_a_folder_in_which_specs_come_and_go(watcher, tmp_path) -> None:
    (tmp_path / "one.clspec").write_text(GOOD)
    watching = watcher(".")
    watching.sees("one.clspec: fine\n")
    (tmp_path / "two.clspec").write_text(GOOD)
    watching.sees("2 specs: all fine\n")
    (tmp_path / "one.clspec").unlink()
    (tmp_path / "two.clspec").unlink()
    (tmp_path / "three.clspec").write_text(BAD)
    watching.sees("three.clspec:4:14: error[CL110]")
    assert watching.stopped()[0] == 130


def test_it_ends_when_nobody_reads_it_any_more(watcher, tmp_path) -> None:
    (tmp_path / "net.clspec").write_text(GOOD)
    watching = watcher("net.clspec")
    watching.sees("net.clspec: fine\n")
    watching.process.stdout.close()
    watching.process.wait(timeout=PATIENCE)
    assert watching.process.returncode == 0
    assert "Traceback" not in watching.process.stderr.read().decode()


@pytest.mark.parametrize(
    ("arguments", "words"),
    [(["-"], "standard input does not change"), (["."], "no specs in ."), ([], "Missing argument")],
)
def test_nothing_to_watch(watcher, arguments, words) -> None:
    code, error = watcher(*arguments).ended()
    assert code == 2
    assert words in error
