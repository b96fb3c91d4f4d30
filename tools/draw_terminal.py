"""Redraws `docs/terminal/*.svg`: what `clspec check` prints in colour, as pictures whose text is text.

Run by `make pictures`. The commands are those of `docs/errors-in-a-terminal.md`.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path
from xml.sax.saxutils import escape

FOLDER = Path(__file__).parent.parent / "docs" / "terminal"
PAGE = FOLDER.parent / "errors-in-a-terminal.md"

SIZE = 14
ADVANCE, LINE = 0.6021 * SIZE, 20
"""The width of a character of a monospaced font, and the height of a line, in pixels."""
MARGIN = 16
BACKGROUND, TEXT = "#1e1f24", "#d8dae0"
STYLES = {
    "1": 'font-weight="bold"',
    "31": 'fill="#ff7b72"',
    "33": 'fill="#e3b341"',
    "34": 'fill="#79a8ff"',
    "36": 'fill="#56d4dd"',
}
"""What the terminal's codes for bold, red, yellow, blue and cyan look like."""


def main() -> None:
    for picture, command in commands(PAGE.read_text("utf-8")):
        lines = [f"$ {command}", *printed(command, FOLDER).rstrip("\n").split("\n")]
        (FOLDER / picture).write_text(drawn(command, lines), "utf-8")
        print(f"docs/terminal/{picture}")


def commands(page: str) -> list[tuple[str, str]]:
    """The pictures of a page, each with the command that it shows."""
    return re.findall(r"\]\(terminal/([\w.-]+\.svg)\)\n\n```console\n\$ (.*)\n", page)


def printed(command: str, folder: Path) -> str:
    """What a clspec command prints in colour where it is run in a folder."""
    environment = {name: value for name, value in os.environ.items() if name != "NO_COLOR"} | {"FORCE_COLOR": "1"}
    arguments = [sys.executable, "-m", *command.split()]
    done = subprocess.run(arguments, cwd=folder, env=environment, stdout=subprocess.PIPE, encoding="utf-8", check=False)
    return done.stdout


def drawn(title: str, lines: list[str]) -> str:
    """An SVG of lines as a terminal shows them."""
    longest = max(len(re.sub(r"\x1b\[[\d;]*m", "", line)) for line in lines)
    width, height = round(longest * ADVANCE) + 2 * MARGIN, len(lines) * LINE + 2 * MARGIN
    rows = [
        f'<text x="{MARGIN}" y="{MARGIN + number * LINE + 15}" xml:space="preserve">{row(line)}</text>'
        for number, line in enumerate(lines)
        if line
    ]
    return "\n".join(
        [
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" width="{width}" height="{height}"'
            f' role="img" font-family="DejaVu Sans Mono, Menlo, Consolas, monospace" font-size="{SIZE}" fill="{TEXT}">',
            f"<title>{escape(title)}</title>",
            f'<rect width="{width}" height="{height}" rx="8" fill="{BACKGROUND}"/>',
            *rows,
            "</svg>\n",
        ]
    )


def row(line: str) -> str:
    """A line of a terminal's text as spans of a colour each."""
    pieces: list[str] = []
    styles: list[str] = []
    for text, code in re.findall(r"([^\x1b]+)|\x1b\[([\d;]*)m", line):
        if text:
            pieces.append(f"<tspan {' '.join(styles)}>{escape(text)}</tspan>" if styles else escape(text))
        else:
            styles = [] if code in ("", "0") else [*styles, *(STYLES[each] for each in code.split(";"))]
    return "".join(pieces)


if __name__ == "__main__":
    main()
