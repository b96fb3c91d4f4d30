"""`constructs/`: a small spec for each construct of the language, in both syntaxes, and that none is missing."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml
from lark import Lark, Token, Tree

import clspec
from clspec.components import registry
from clspec.components.arguments import arguments_of
from clspec.syntax.format import format_text
from clspec.syntax.grammar import grammar_text
from clspec.syntax.read import load

FOLDER = Path(__file__).parent / "constructs"
FILES = sorted(FOLDER.glob("*.clspec"))
ELSEWHERE = {"torchvision", "timm", "module"}
"""Kinds that read nothing here: two need a library, and `module` the caller's leave to run code."""


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_a_construct_checks_in_both_syntaxes_and_means_the_same(path: Path) -> None:
    twin = path.with_suffix(".yaml")
    assert clspec.check(path) == clspec.check(twin) == []
    assert clspec.parse(path) == clspec.parse(twin)


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_fmt_leaves_a_construct_as_it_is(path: Path) -> None:
    assert format_text(load(path), "clspec") == path.read_text("utf-8")


def test_every_file_has_its_twin() -> None:
    assert {path.stem for path in FOLDER.glob("*.yaml")} == {path.stem for path in FILES}


@pytest.fixture(scope="module")
def grammar() -> Lark:
    """The grammar as it stands, which unlike the tool's own reader keeps every word in its trees."""
    return Lark(grammar_text(), parser="lalr", lexer="basic", start="document", keep_all_tokens=True)


def test_every_rule_and_word_of_the_grammar_is_used(grammar: Lark) -> None:
    # A rule whose name starts with an underscore leaves no node of its own, white space no word.
    rules = {str(rule.origin.name) for rule in grammar.rules}
    wanted = {name for name in rules if not name.startswith("_")} | {terminal.name for terminal in grammar.terminals}
    used = {name for path in FILES for name in names_in(grammar.parse(path.read_text("utf-8")))}
    assert wanted - used == {"COMMENT", "WHITE_SPACE"}
    assert any("#" in path.read_text("utf-8") for path in FILES)


def names_in(tree: Tree[Token]) -> set[str]:
    found: set[str] = set()
    for node in tree.iter_subtrees():
        found |= {str(node.data), *(child.type for child in node.children if isinstance(child, Token))}
    return found


def test_every_kind_is_used_with_each_of_its_arguments(grammar: Lark) -> None:
    kinds = {name: kind for name, kind in registry().items() if name.isidentifier() and name not in ELSEWHERE}
    used = {name: set[str]() for name in kinds}
    for path in FILES:
        for call in grammar.parse(path.read_text("utf-8")).find_data("call"):
            name = text_of(call.children[0])
            if name in kinds:
                used[name] |= {"", *given_in(call, list(arguments_of(kinds[name])))}
    wanted = {name: {"", *arguments_of(kind)} - {"auto"} for name, kind in kinds.items()}
    assert {name: wanted[name] - used[name] for name in kinds if wanted[name] - used[name]} == {}


def given_in(call: Tree[Token], names: list[str]) -> list[str]:
    """The names of a call's arguments, those given by position too."""
    found: list[str] = []
    for argument in (child for child in call.children if isinstance(child, Tree) and child.data == "argument"):
        first = argument.children[0]
        named = isinstance(first, Tree) and first.data == "argument_name"
        found.append(text_of(first) if named else names[len(found)])
    return found


def text_of(node: Tree[Token] | Token) -> str:
    return "".join(node.scan_values(lambda _: True)) if isinstance(node, Tree) else str(node)


def test_every_key_of_the_yaml_form_is_used() -> None:
    used: set[str] = set()
    for path in FOLDER.glob("*.yaml"):
        used |= keys_in(yaml.compose(path.read_text("utf-8")))
    of_a_file = {"clspec", "use", "path", "as", "streams", "models"}
    of_a_model = {"doc", "params", "body", "rules", "output", "require"}
    of_a_part = {"input", "backbone", "neck", "head", "group", "uses", "with", "from"}
    assert of_a_file | of_a_model | of_a_part | {"when", "after", "do"} <= used


def keys_in(node: yaml.Node | None) -> set[str]:
    if isinstance(node, yaml.MappingNode):
        return {key.value for key, _ in node.value}.union(*(keys_in(value) for _, value in node.value))
    return set[str]().union(*map(keys_in, node.value)) if isinstance(node, yaml.SequenceNode) else set()
