"""The Pygments lexer loses nothing of a spec, and its keywords are what the parser reads as words of the language."""

from __future__ import annotations

import tomllib
from importlib.metadata import EntryPoint
from pathlib import Path

import pytest
from pygments.token import Comment, Error, Keyword, Name, Number, String

from clspec.integrations.pygments import ClspecLexer
from clspec.syntax.tables import tables

ROOT = Path(__file__).parents[1]
FOLDERS = ("specs/**", "tests/cases/*", "tests/tmlanguage")
SPECS = sorted(path for folder in FOLDERS for path in ROOT.glob(f"{folder}/*.clspec"))
UNFINISHED = ROOT / "tests" / "tmlanguage" / "unfinished.clspec"


def named(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def tokens_of(text: str) -> list[tuple[object, str]]:
    return list(ClspecLexer(stripnl=False, ensurenl=False).get_tokens(text))


@pytest.mark.parametrize("path", SPECS, ids=named)
def test_the_tokens_of_a_spec_are_the_spec(path) -> None:
    text = path.read_text("utf-8")
    tokens = tokens_of(text)
    assert "".join(word for _, word in tokens) == text
    assert path == UNFINISHED or not [word for kind, word in tokens if kind is Error]


@pytest.mark.parametrize("path", sorted(ROOT.glob("tests/cases/*/spec.clspec")), ids=named)
def test_keywords_are_what_the_parser_reads_as_words_of_the_language(path) -> None:
    """In these specs words of the language are names of arguments at most."""
    text, reserved = path.read_text("utf-8"), tables().reserved
    found = [each for each in tables().pattern.finditer(text) if each.lastgroup == "NAME" and each[0] in reserved]
    read = [each[0] for each in found if text[each.end() : each.end() + 1] != "="]
    assert [word for kind, word in tokens_of(text) if kind in Keyword] == read


def test_what_is_called_and_what_is_named() -> None:
    tokens = tokens_of('model Net(train=1_0) { head memory = a.cosine("x") # cosine\n }')
    assert [(kind, word) for kind, word in tokens if kind in Name or kind in String or kind in Comment] == [
        (Name.Class, "Net"),
        (Name.Attribute, "train"),
        (Name.Variable, "memory"),
        (Name, "a"),
        (Name, "cosine"),
        (String.Double, '"x"'),
        (Comment.Single, "# cosine"),
    ]
    assert (Number, "1_0") in tokens


def test_pygments_is_told_where_it_is() -> None:
    """That it finds it there, once clspec is installed, is shown in tests/package."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    group = "pygments.lexers"
    (place,) = project["entry-points"][group].values()
    assert EntryPoint("clspec", place, group).load() is ClspecLexer
    assert ClspecLexer.aliases == ["clspec"] and ClspecLexer.filenames == ["*.clspec"]
    assert not [each for each in project["dependencies"] if each.startswith("pygments")]
