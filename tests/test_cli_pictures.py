"""`show` and `render`: formats, options and checkpoints on the command line."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

import clspec
from clspec.cli import main

DATE = re.compile(rb"/CreationDate \(.*?\)")
SPECS = Path(__file__).parent.parent / "specs"
NESTED = str(SPECS / "tutorial" / "nested_modules.clspec")
NET = (
    "clspec 1\nstream s = split(6, 3)\nmodel Net { input features(4)\n neck n = linear(3)\n head h = incremental() }\n"
)


@pytest.fixture
def run(capfdbinary):
    """Calls the command line; (exit code, standard output as bytes, standard error)."""

    def call(*arguments: str) -> tuple[int, bytes, str]:
        with pytest.raises(SystemExit) as ended:
            main(list(arguments))
        written = capfdbinary.readouterr()
        return ended.value.code, written.out, written.err.decode()

    return call


def test_show_prints_the_tree(run) -> None:
    code, out, err = run("show", NESTED)
    assert (code, err) == (0, "")
    assert out.decode() == clspec.render(NESTED).text
    assert "coarse" in out.decode() and "R4  before experience 2 and later:  freeze features" in out.decode()


def test_show_takes_a_moment_a_depth_and_parts_to_open(run) -> None:
    assert run("show", NESTED, "--at", "2")[1].decode() == clspec.render(NESTED, at=2).text
    assert run("show", NESTED, "--depth", "1")[1].decode() == clspec.render(NESTED, depth=1).text
    shown = run("show", NESTED, "--depth", "1", "--expand", "fine", "--set", "width=20")[1].decode()
    assert shown == clspec.render(NESTED, depth=1, expand=["fine"], params={"width": 20}).text
    assert "hidden" in shown and "body" not in shown


@pytest.mark.parametrize("format", ["svg", "png", "pdf", "html", "dot", "mermaid", "text"])
def test_each_format_goes_to_standard_output(run, format: str) -> None:
    code, out, err = run("render", NESTED, "--format", format)
    assert (code, err) == (0, "")
    drawn = clspec.render(NESTED).data(format)  # pyright: ignore[reportArgumentType]
    # A PDF says when it was drawn, to the second.
    assert DATE.sub(b"", out) == DATE.sub(b"", drawn)


def test_the_suffix_names_the_format_and_format_goes_before_it(run, tmp_path: Path) -> None:
    drawing = clspec.render(NESTED)
    for name, arguments, written in (
        ("m.mmd", [], drawing.mermaid),
        ("m.txt", [], drawing.text),
        ("m.svg", ["--format", "dot"], drawing.source),
        ("README", ["--format", "mermaid"], drawing.mermaid),
    ):
        assert run("render", NESTED, "-o", str(tmp_path / name), *arguments) == (0, b"", "")
        assert (tmp_path / name).read_text("utf-8") == written


def test_the_options_are_those_of_python(run) -> None:
    arguments = ["--direction", "TB", "--theme", "dark", "--no-legend", "--depth", "1", "--expand", "fine"]
    drawing = clspec.render(NESTED, direction="TB", theme="dark", legend=False, depth=1, expand="fine")
    assert run("render", NESTED, *arguments)[1].decode() == drawing.source


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["-o", "m.gif"], ".svg, .png, .pdf, .html, .dot, .mmd, .txt"),
        (["--format", "gif"], "'svg', 'png', 'pdf', 'html', 'dot', 'mermaid', 'text'"),
        (["--direction", "up"], "'auto', 'LR', 'TB'"),
        (["--theme", "pink"], "'auto', 'light', 'dark', 'print'"),
        (["--view", "side"], "'architecture'"),
        (["--depth", "0"], "give a whole number from 1"),
        (["--expand", "coars"], "one of: x, features, proj"),
        (["--open"], "name one with --output"),
    ],
)
def test_wrong_usage_names_the_choices(run, arguments: list[str], words: str) -> None:
    code, out, err = run("render", NESTED, *arguments)
    assert (code, out) == (2, b"")
    assert words in " ".join(err.split()) and "Traceback" not in err


@pytest.mark.parametrize("view", ["architecture", "adaptation", "evolution"])
def test_an_experience_that_the_stream_has_not_is_a_finding_with_the_choices(run, view: str) -> None:
    for at in ("5", "-1"):
        code, out, err = run("render", NESTED, "--view", view, "--at", at)
        assert (code, err) == (1, "")
        assert "error[CL505]" in out.decode() and "0 to 4" in out.decode()


def test_the_evolution_is_drawn_as_far_as_an_experience(run) -> None:
    told = run("render", NESTED, "--view", "evolution", "--at", "2", "--format", "text")[1].decode()
    assert "5 experiences · as far as experience 2" in told
    numbers = [line.split()[0] for line in told.splitlines() if line.split()[:1] and line.split()[0].isdigit()]
    assert numbers == ["0", "1", "2"]


def test_open_hands_the_file_to_the_desktop(tmp_path: Path) -> None:
    opener = tmp_path / "xdg-open"
    opener.write_text(f'#!/bin/sh\necho "$1" > {tmp_path}/opened\n')
    opener.chmod(0o755)
    target = tmp_path / "m.dot"
    environment = {**os.environ, "PATH": f"{tmp_path}{os.pathsep}{os.environ['PATH']}"}
    command = [sys.executable, "-m", "clspec", "render", NESTED, "-o", str(target), "--open"]
    subprocess.run(command, check=True, env=environment, timeout=60)
    assert (tmp_path / "opened").read_text().strip() == str(target)


# ---- checkpoints


@pytest.fixture
def saved(tmp_path: Path) -> Path:
    """A model that has learnt two experiences of three, saved."""
    model = clspec.compile(clspec.parse_string(NET))
    for number in range(2):
        model.adaptation(clspec.Experience(classes=[2 * number, 2 * number + 1], index=number))
    clspec.save_checkpoint(model, tmp_path / "m.safetensors")
    return tmp_path / "m.safetensors"


def test_a_checkpoint_is_drawn_as_it_has_grown(run, saved: Path) -> None:
    code, out, _ = run("show", str(saved))
    assert code == 0
    assert "3 → 4" in out.decode() and "kept 0 1 · new 2 3" in out.decode()
    tree = run("render", str(saved), "--format", "text")[1]
    assert out.startswith(tree)
    target = saved.with_name("m.svg")
    assert run("render", str(saved), "-o", str(target)) == (0, b"", "")
    assert target.read_text("utf-8").startswith("<?xml")


def test_a_checkpoint_is_not_written_over(run, saved: Path) -> None:
    before = saved.read_bytes()
    assert run("render", str(saved), "-o", str(saved), "--format", "dot")[0] == 2
    assert saved.read_bytes() == before


def test_a_checkpoint_that_cannot_be_read_gives_words(run, saved: Path, tmp_path: Path) -> None:
    other = tmp_path / "other.safetensors"
    other.write_bytes(saved.read_bytes()[:100])
    for name, told in ((other, "is it truncated?"), (tmp_path / "no.safetensors", "cannot read")):
        code, out, err = run("render", str(name))
        assert (code, out) == (2, b"")
        assert told in err and name.name in err and "Traceback" not in err


def test_a_checkpoint_has_no_stream_and_no_parameters_to_set(run, saved: Path) -> None:
    for arguments, told in (
        (["--at", "1"], "at can be told of a spec only"),
        (["--set", "w=1"], "params"),
        (["--model", "M"], "model"),
    ):
        code, _, err = run("render", str(saved), *arguments)
        assert code == 2 and told in err
    assert "draw its spec" in run("render", str(saved), "--view", "evolution")[2]
