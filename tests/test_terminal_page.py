"""`docs/errors-in-a-terminal.md`: the texts and the pictures show what the tool prints today."""

from __future__ import annotations

import re
from pathlib import Path
from xml.etree import ElementTree

import pytest

from clspec.cli import main

PAGE = Path(__file__).parent.parent / "docs" / "errors-in-a-terminal.md"
SHOWN = re.findall(
    r"\]\((terminal/[\w.-]+\.svg)\)\n\n```console\n\$ clspec ([^\n]*)\n(.*?)```\n", PAGE.read_text("utf-8"), re.S
)


@pytest.mark.parametrize(("picture", "command", "text"), SHOWN, ids=[command for _, command, _ in SHOWN])
def test_the_page_shows_what_is_printed(picture, command, text, monkeypatch, capsys) -> None:
    monkeypatch.chdir(PAGE.parent / "terminal")
    monkeypatch.setenv("NO_COLOR", "1")
    with pytest.raises(SystemExit):
        main(command.split())
    assert capsys.readouterr().out == text
    assert text_of(PAGE.parent / picture) == [line for line in f"$ clspec {command}\n{text}".splitlines() if line]


def text_of(picture: Path) -> list[str]:
    """The lines of text in a picture; empty ones are not drawn."""
    rows = ElementTree.parse(picture).iter("{http://www.w3.org/2000/svg}text")
    return ["".join(row.itertext()) for row in rows]


def test_there_are_three() -> None:
    assert len(SHOWN) == 3
