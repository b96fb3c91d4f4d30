"""The colours of specs in editors: the words are those of the language, the snapshots are those of these files.

`make tmlanguage` writes the snapshots with the libraries that VS Code itself colours with, which need Node.js.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from clspec.reference import kinds
from clspec.syntax.scene import STATEMENT_WORDS
from clspec.syntax.tables import tables

ROOT = Path(__file__).parents[1]
FILE = ROOT / "grammar" / "clspec.tmLanguage.json"
SNAPSHOTS = sorted((ROOT / "tests" / "tmlanguage").glob("*.tokens"))
PLAIN = [path for path in SNAPSHOTS if path.name.startswith(("specs", "tests.cases"))]
"""Those of specs in which no word of the language is a name."""
WORDS = set(tables().reserved)
OF_THE_LANGUAGE = ("keyword.other", "keyword.control", "storage.type", "constant.language")


def patterns(node: object) -> Iterator[str]:
    """Every regular expression of a TextMate grammar."""
    if isinstance(node, dict):
        yield from (node[key] for key in ("match", "begin", "end") if key in node)
        yield from (each for value in node.values() for each in patterns(value))
    elif isinstance(node, list):
        yield from (each for value in node for each in patterns(value))


def words_of(pattern: str) -> set[str]:
    """The words that are written out in a regular expression."""
    return set(re.findall("[a-z_]{2,}", re.sub(r"\\.|\[[^]]*\]", " ", pattern)))


def test_the_words_are_those_of_the_language_and_no_component() -> None:
    found = [words_of(pattern) for pattern in patterns(json.loads(FILE.read_text("utf-8")))]
    assert set().union(*found) == WORDS
    assert not WORDS & set(kinds())


def test_an_open_bracket_ends_before_every_word_that_begins_a_statement() -> None:
    begin = {word for word, kind in tables().reserved.items() if kind in STATEMENT_WORDS}
    lists = [words_of(pattern) for pattern in patterns(json.loads(FILE.read_text("utf-8"))) if "(?=^" in pattern]
    assert lists == [begin - {"clspec"}] * 2


@pytest.mark.parametrize("snapshot", SNAPSHOTS, ids=lambda path: path.stem)
def test_a_snapshot_is_of_this_grammar_and_this_text(snapshot: Path) -> None:
    spec, grammar, *lines = snapshot.read_text("utf-8").split("\n")
    assert grammar == f"grammar {hashlib.sha256(FILE.read_bytes()).hexdigest()}", "run make tmlanguage"
    written = "".join(line[1:] + "\n" for line in lines if line.startswith(">"))
    assert written == (ROOT / spec.removeprefix("spec ")).read_text("utf-8"), "run make tmlanguage"


@pytest.mark.parametrize("snapshot", SNAPSHOTS, ids=lambda path: path.stem)
def test_the_tokens_of_a_line_are_the_line(snapshot: Path) -> None:
    for line, tokens in lines_of(snapshot):
        assert "".join(text for text, _ in tokens).replace(" ", "") == line.replace(" ", "")


@pytest.mark.parametrize("snapshot", PLAIN, ids=lambda path: path.stem)
def test_what_the_parser_reads_as_a_word_of_the_language_has_its_colour(snapshot: Path) -> None:
    for line, tokens in lines_of(snapshot):
        read = [found[0] for found in tables().pattern.finditer(line) if found.lastgroup == "NAME"]
        coloured = [text for text, scopes in tokens if scopes.startswith(OF_THE_LANGUAGE)]
        assert coloured == [word for word in read if word in WORDS], line


def lines_of(snapshot: Path) -> Iterator[tuple[str, list[tuple[str, str]]]]:
    """The lines of a spec, each with its tokens and their scopes."""
    lines = snapshot.read_text("utf-8").rstrip("\n").split("\n")[2:]
    starts = [number for number, line in enumerate(lines) if line.startswith(">")]
    for start, end in zip(starts, [*starts[1:], len(lines)], strict=True):
        tokens = [line.strip(" ").split("\t") for line in lines[start + 1 : end]]
        yield lines[start][1:], [(text, scopes) for text, scopes in tokens]
