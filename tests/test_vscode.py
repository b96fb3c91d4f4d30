"""The extension for Visual Studio Code: what its manifest promises is there, and no folder sets what a spec may do."""

from __future__ import annotations

import json
import re
from pathlib import Path

from click.testing import CliRunner

from clspec.cli import lsp
from clspec.syntax.scene import CLOSERS
from clspec.version import VERSION

ROOT = Path(__file__).parents[1]
FOLDER = ROOT / "editors" / "vscode"
MANIFEST = json.loads((FOLDER / "package.json").read_text("utf-8"))
CODE = (FOLDER / "extension.js").read_text("utf-8")
SETTINGS = MANIFEST["contributes"]["configuration"]["properties"]


def test_it_colours_with_the_one_grammar() -> None:
    (grammar,) = MANIFEST["contributes"]["grammars"]
    source = json.loads((ROOT / "grammar" / "clspec.tmLanguage.json").read_text("utf-8"))
    assert grammar["scopeName"] == source["scopeName"]
    copied = re.findall(r"cpSync\(join\(root, (.+?)\), join\(__dirname, (.+?)\)\)", (FOLDER / "gather.js").read_text())
    copies = {target.replace('"', "").replace(", ", "/"): place for place, target in copied}
    assert copies == {"syntaxes/clspec.tmLanguage.json": '"grammar", "clspec.tmLanguage.json"', "LICENSE": '"LICENSE"'}
    assert grammar["path"] == "./syntaxes/clspec.tmLanguage.json"
    assert {"gather", "postinstall", "vscode:prepublish"} == set(MANIFEST["scripts"])


def test_the_files_that_it_names_are_there() -> None:
    (language,) = MANIFEST["contributes"]["languages"]
    assert (FOLDER / language["configuration"]).is_file()
    assert (FOLDER / MANIFEST["main"]).is_file()
    assert MANIFEST["version"] == VERSION
    signs = json.loads((FOLDER / language["configuration"]).read_text("utf-8"))
    assert {(one, other) for one, other in signs["brackets"]} == {("{", "}"), ("[", "]"), ("(", ")")}
    assert len(signs["brackets"]) == len(CLOSERS)


def test_what_a_spec_may_do_is_set_by_the_user_alone() -> None:
    """A setting of scope "machine" is read from the user's own settings, never from those of a folder."""
    assert {each["scope"] for each in SETTINGS.values()} == {"machine"}
    assert MANIFEST["capabilities"]["untrustedWorkspaces"]["supported"] == "limited"
    assert "if (!vscode.workspace.isTrusted) return;" in CODE


def test_settings_and_options_are_those_of_the_server() -> None:
    assert {f"clspec.{name}" for name in re.findall(r'settings\.get\("(\w+)"\)', CODE)} == set(SETTINGS)
    told = CliRunner().invoke(lsp.command, ["--help"]).output
    assert all(option in told for option in re.findall(r'"(--[a-z-]+)"', CODE))
    assert SETTINGS["clspec.command"]["default"] == ["clspec", "lsp"]
    commands = {each["command"] for each in MANIFEST["contributes"]["commands"]}
    assert commands == set(re.findall(r'registerCommand\("([\w.]+)"', CODE))
