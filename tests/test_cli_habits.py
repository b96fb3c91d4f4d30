"""What only a shell and a terminal show: unreadable files, colours, streams that are closed, full or not read."""

from __future__ import annotations

import os
import pty
import subprocess
import sys
from pathlib import Path

import pytest

from clspec.cli.colour import wants_colour

NET = "clspec 1\n\nstream s = split(4, 2)\n\nmodel M {\n    input features(4)\n    head h = incremental()\n}\n"
BAD = NET.replace("incremental", "incremantal")
OF_ONE_SPEC = ["compile", "plan", "simulate", "render"]
FINDING = 'bad.clspec:7:14: error[CL110]: unknown component "incremantal"\n'


@pytest.fixture
def run(tmp_path):
    """Runs a command line in an empty directory, as a shell would: exit code, standard output, standard error."""

    def command(words: str, given: str | bytes = "", **environment: str) -> tuple[int, str, str]:
        line = words.replace("clspec", f"{sys.executable} -m clspec", 1)
        kept = {name: value for name, value in os.environ.items() if name not in ("NO_COLOR", "FORCE_COLOR")}
        given = given.encode() if isinstance(given, str) else given
        ended = subprocess.run(
            ["bash", "-c", line], input=given, capture_output=True, check=False, timeout=120, cwd=tmp_path,
            env={**kept, **environment},
        )  # fmt: skip
        said = ended.stdout.decode(), ended.stderr.decode()
        assert not any("Traceback" in text or "CL999" in text or "Exception ignored" in text for text in said), said
        return ended.returncode, *said

    (tmp_path / "net.clspec").write_text(NET)
    (tmp_path / "bad.clspec").write_text(BAD)
    return command


# ---- what cannot be read


@pytest.mark.parametrize("command", [*OF_ONE_SPEC, "convert", "check", "fmt"])
def test_standard_input_that_is_closed(run, command) -> None:
    code, out, err = run(f"clspec {command} - <&-")
    assert (code, err) == (1, "")
    assert "<stdin>: error[CL005]: cannot read standard input: it is closed" in out


def test_check_of_a_directory_reports_what_it_cannot_read_and_checks_the_rest(run, tmp_path) -> None:
    folder = tmp_path / "specs"
    (folder / "inner" / "dir.clspec").mkdir(parents=True)
    (folder / "inner" / "up").symlink_to(folder)
    (folder / "a.clspec").symlink_to("a.clspec")
    (folder / "b.clspec").symlink_to("nowhere")
    (folder / "c.clspec").write_bytes(b"\xff")
    (folder / "d.clspec").write_text(BAD)
    os.mkfifo(folder / "e.clspec")
    os.mkfifo(folder / "e.yaml")
    code, out, err = run("clspec check --output-format concise specs")
    assert (code, err) == (1, "")
    assert [line.partition(": error[")[::2] for line in out.splitlines()] == [
        ("specs/a.clspec", 'CL005]: cannot read "specs/a.clspec": too many levels of symbolic links'),
        ("specs/b.clspec", 'CL005]: cannot read "specs/b.clspec": no such file or directory'),
        ("specs/c.clspec:1:1", "CL003]: line 1: byte 0xff at offset 0 is not UTF-8"),
        ("specs/d.clspec:7:14", 'CL110]: unknown component "incremantal"'),
    ]


def test_a_directory_that_cannot_be_read_is_reported(run, tmp_path) -> None:
    at = os.open(tmp_path, os.O_RDONLY)
    name = "d" * 250
    for _ in range(18):  # deeper than a path may be long
        os.mkdir(name, dir_fd=at)
        inner = os.open(name, os.O_RDONLY, dir_fd=at)
        os.close(at)
        at = inner
    os.close(at)
    code, out, _ = run("clspec check --output-format concise . net.clspec")
    assert code == 1
    assert "error[CL005]" in out and "file name too long" in out and FINDING in out


def test_check_of_hundreds_of_files(run, tmp_path) -> None:
    (tmp_path / "many").mkdir()
    for number in range(300):
        (tmp_path / "many" / f"{number}.clspec").write_text(NET)
    assert run("clspec check many") == (0, "300 specs: all fine\n", "")
    assert run("clspec fmt --check many") == (0, "", "300 files: nothing to change\n")


def test_a_pipe_that_is_named_is_read(run) -> None:
    assert run("clspec check <(cat net.clspec)")[0] == 0


# ---- colours


def on_a_terminal(words: list[str], folder: Path, **environment: str) -> str:
    """What a command writes to a terminal."""
    ours, theirs = pty.openpty()
    kept = {name: value for name, value in os.environ.items() if name not in ("NO_COLOR", "FORCE_COLOR")}
    command = [sys.executable, "-m", "clspec", *words]
    with subprocess.Popen(command, stdout=theirs, cwd=folder, env={**kept, "TERM": "xterm", **environment}) as ended:
        os.close(theirs)
        said = b""
        try:
            while piece := os.read(ours, 10_000):
                said += piece
        except OSError:
            pass  # the terminal's other end is closed
    os.close(ours)
    assert ended.returncode == 1
    return said.decode().replace("\r\n", "\n")


def test_colours_on_a_terminal_and_none_where_they_are_not_wanted(run, tmp_path) -> None:
    plain = run("clspec plan bad.clspec")[1]
    assert "\x1b" not in plain
    coloured = on_a_terminal(["plan", "bad.clspec"], tmp_path)
    red, end = "\x1b[31m\x1b[1m", "\x1b[0m"
    assert f"{red}error[CL110]{end}: unknown component" in coloured and f"{red}^^^^^^^^^^^{end}" in coloured
    for piece in (red, end, "\x1b[1m", "\x1b[34m", "\x1b[36m"):
        coloured = coloured.replace(piece, "")
    assert coloured == plain
    assert on_a_terminal(["plan", "bad.clspec"], tmp_path, NO_COLOR="1") == plain
    assert on_a_terminal(["plan", "bad.clspec", "--output-format", "concise"], tmp_path) == FINDING
    assert "\x1b" in run("clspec plan bad.clspec", FORCE_COLOR="1")[1]
    assert "\x1b" not in run("clspec plan bad.clspec --output-format json", FORCE_COLOR="1")[1]


@pytest.mark.parametrize(
    ("environment", "terminal", "wanted"),
    [
        ({}, True, True),
        ({}, False, False),
        ({"TERM": "dumb"}, True, False),
        ({"NO_COLOR": "1"}, True, False),
        ({"NO_COLOR": ""}, True, True),
        ({"NO_COLOR": "1", "FORCE_COLOR": "1"}, True, False),
        ({"FORCE_COLOR": "1"}, False, True),
        ({"FORCE_COLOR": "0"}, False, False),
        ({"CLICOLOR_FORCE": "1"}, False, True),
        ({"CLICOLOR_FORCE": "1", "TERM": "dumb"}, True, True),
    ],
)
def test_who_decides_about_colours(environment, terminal, wanted) -> None:
    assert wants_colour(environment, terminal) is wanted


def test_no_spec_and_no_name_writes_control_characters_to_a_terminal(tmp_path) -> None:
    path = tmp_path / "a\x1b[2Jb.clspec"
    path.write_text('clspec 1\nmodel M { input image(3, 32, 32)\n backbone b = pytorchcv("\\u001b[2Jx") }\n')
    for output_format in ("full", "concise"):
        said = on_a_terminal(["check", path.name, "--output-format", output_format], tmp_path, NO_COLOR="1")
        assert "CL112" in said and "\x1b" not in said and "a\N{REPLACEMENT CHARACTER}[2Jb.clspec:3" in said


# ---- streams that fail


def test_an_output_that_is_full_is_an_error_with_code_2(run) -> None:
    for words in ("compile net.clspec", "check .", "plan bad.clspec"):
        code, _, err = run(f"clspec {words} > /dev/full")
        assert code == 2
        assert err == "clspec: cannot write the output: no space left on device\n"


def test_an_output_that_is_closed_is_as_good_as_none(run) -> None:
    assert run("clspec check net.clspec >&-")[0] == 0
    assert run("clspec check bad.clspec >&-")[0] == 1
    assert run("clspec compile net.clspec -o net.py >&- 2>&-")[0] == 0


@pytest.mark.parametrize("words", ["check bad.clspec", "compile net.clspec --standalone", "fmt --diff ugly.clspec"])
def test_a_reader_that_goes_away_is_no_error(run, tmp_path, words) -> None:
    (tmp_path / "ugly.clspec").write_text(NET.replace("    ", "  "))
    assert run(f"clspec {words} | head -c 1 > /dev/null; exit ${{PIPESTATUS[0]}}")[0] in (0, 1)


def test_a_long_forecast_has_a_bar_on_a_terminal_and_none_elsewhere(tmp_path) -> None:
    spec = tmp_path / "m.clspec"
    spec.write_text("clspec 1\nmodel M { input features(4)\n head h = incremental() }\n")
    command = [sys.executable, "-m", "clspec", "simulate", str(spec), "--stream", "split(classes=600, experiences=600)"]
    ended = subprocess.run(command, capture_output=True, text=True, check=True)
    assert ended.stderr == ""
    seen, terminal = os.openpty()
    on_terminal = subprocess.run(command, stdout=subprocess.PIPE, stderr=terminal, text=True, check=True)
    os.close(terminal)
    shown = b""
    while True:
        try:
            more = os.read(seen, 4096)
        except OSError:  # the other end is closed, and all was read
            break
        if not more:
            break
        shown += more
    os.close(seen)
    assert on_terminal.stdout == ended.stdout
    assert b"experiences" in shown and b"100%" in shown
