"""Runs the code blocks of a page: Python, specs, and commands with what they print."""

from __future__ import annotations

import re
import shlex
from dataclasses import dataclass
from pathlib import Path

import pytest
import torch

import clspec
from clspec.cli import main

ROOT = Path(__file__).parents[1]
LANGUAGES = {"clspec", "console", "elisp", "lua", "mermaid", "python", "text", "toml", "yaml"}
_FENCE = re.compile(r"^```(\w*)(?: title=\"([^\"]+)\")?( wrong)?\n(.*?)^```$", re.DOTALL | re.MULTILINE)
_COMMAND = re.compile(r"^\$ clspec (.*)\n((?:(?!\$ ).*\n)*)", re.MULTILINE)


@dataclass(frozen=True)
class Block:
    """`title` is the name of the file that a block shows, where it shows one; `wrong` is a spec that must not pass."""

    language: str
    title: str
    wrong: str
    text: str


def blocks(page: Path, language: str | None = None) -> list[Block]:
    """All blocks of a page in order, or those of one language."""
    found = [Block(*parts) for parts in _FENCE.findall(page.read_text("utf-8"))]
    return found if language is None else [block for block in found if block.language == language]


def run(page: Path, folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Runs what a page shows, in a folder that has the repository's files and may be written to.

    Files are as in the repository, or come to lie where their title says; specs are checked; Python blocks are one
    program; commands print what is shown below them, where something is.
    """
    for place in ("specs", "tests", "docs"):
        (folder / place).symlink_to(ROOT / place)
    torch.manual_seed(0)
    # What is shown of a generated module stands below its imports.
    names: dict[str, object] = {"__name__": "docs", "cl": clspec.nn, "Rule": clspec.nn.Rule, "on": clspec.nn.on}
    for number, block in enumerate(blocks(page)):
        where = f"{page.name}[{number}]"
        assert block.language in LANGUAGES, f"{where}: say what it is"
        if block.title:
            _place(block, folder, where)
        elif block.language == "python":
            exec(compile(block.text, where, "exec"), names)
        if block.language == "clspec" or block.text.startswith("clspec: 1\n"):
            _check(block, where)
        elif block.language == "console":
            _command(block, where, capsys)


def _place(block: Block, folder: Path, where: str) -> None:
    if (ROOT / block.title).exists():
        assert block.text == (ROOT / block.title).read_text("utf-8"), f"{where} is not {block.title}"
    else:
        (folder / block.title).write_text(block.text, "utf-8")


def _check(block: Block, where: str) -> None:
    syntax = "yaml" if block.language == "yaml" else "clspec"
    try:
        found = clspec.check(clspec.parse_string(block.text, syntax=syntax, name=f"specs/{where}"))
    except clspec.SpecError as error:
        found = error.diagnostics
    assert bool(found) == bool(block.wrong), [str(each) for each in found]


def _command(block: Block, where: str, capsys: pytest.CaptureFixture[str]) -> None:
    for command, shown in _COMMAND.findall(block.text):
        capsys.readouterr()
        with pytest.raises(SystemExit) as ended:
            main(shlex.split(command))
        said = capsys.readouterr()
        assert ended.value.code in (0, 1), f"{where}: {command}: {said.err}"
        assert not shown or said.out == shown, f"{where}: {command}"
