"""`docs/errors`: a page a code. Its bad example fails with exactly that code, its good one passes."""

import re
from pathlib import Path

import pytest

from clspec.cli import main
from clspec.diagnostics import CODES

PAGES = Path(__file__).parent.parent / "docs" / "errors"
EXAMPLE = re.compile(
    r"## (Fails|Passes)\n\n```(clspec|yaml)\n(.*?)```\n(?:\n```console\n\$ clspec (.*?)\n```\n)?", re.DOTALL
)
BESIDE = re.compile(r"## `([\w./]+)`\n\n```\w+\n(.*?)```\n", re.DOTALL)
"""A file that the examples use."""
WARNINGS = {"CL308"}
"""What is told, and stops nothing."""
WITHOUT_EXAMPLE = {"CL011", "CL015", "CL117", "CL210", "CL901", "CL999"}
"""What no page can show: a megabyte, ten thousand items, a hundred files, a broken library, and faults of ours."""


def run(arguments, capsys):
    with pytest.raises(SystemExit) as ended:
        main(arguments)
    return ended.value.code, capsys.readouterr()


def examples(code):
    found = EXAMPLE.findall((PAGES / f"{code}.md").read_text("utf-8"))
    return {title: (syntax, text, command.split()) for title, syntax, text, command in found}


def test_every_code_has_a_page_and_every_page_a_code():
    assert {page.stem for page in PAGES.glob("*.md")} == set(CODES)


@pytest.mark.parametrize("code", CODES)
def test_the_page_is_titled_like_the_code(code):
    text = (PAGES / f"{code}.md").read_text("utf-8")
    assert text.startswith(f"# {code}: {CODES[code]}\n\n")
    assert max(map(len, text.splitlines())) <= 300


@pytest.mark.parametrize("code", [code for code in CODES if code not in WITHOUT_EXAMPLE])
def test_the_bad_example_fails_so_and_the_good_one_passes(code, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    found = examples(code)
    assert list(found) == ["Fails", "Passes"]
    for name, text in BESIDE.findall((PAGES / f"{code}.md").read_text("utf-8")):
        Path(name).parent.mkdir(parents=True, exist_ok=True)
        Path(name).write_text(text, "utf-8")
    for title, (syntax, text, command) in found.items():
        # The page on text that is no UTF-8 can only show UTF-8.
        encoding = "latin-1" if (code, title) == ("CL003", "Fails") else "utf-8"
        Path(f"spec.{syntax}").write_text(text, encoding)
        ended, said = run(command or ["check", "--output-format", "concise", f"spec.{syntax}"], capsys)
        codes = set(re.findall(r"(?:error|warning)\[(CL\d{3})\]", said.out + said.err))
        wrong = 0 if code in WARNINGS else 1
        assert (ended, codes) == ((wrong, {code}) if title == "Fails" else (0, set())), said


def test_explain_prints_the_page(capsys):
    ended, said = run(["explain", "cl112"], capsys)
    assert (ended, said.out) == (0, (PAGES / "CL112.md").read_text("utf-8"))


def test_explain_of_an_unknown_code_names_the_nearest(capsys):
    ended, said = run(["explain", "CL9999"], capsys)
    assert (ended, said.out) == (2, "")
    assert 'did you mean "CL999"?' in said.err


def test_explain_without_a_code_lists_them(capsys):
    ended, said = run(["explain"], capsys)
    assert ended == 0
    assert [line.split()[0] for line in said.out.splitlines()] == list(CODES)
