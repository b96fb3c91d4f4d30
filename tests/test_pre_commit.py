"""`.pre-commit-hooks.yaml`: what it runs is there, on the files that it is meant for, as docs/how-to/ci.md names it."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
import yaml

from clspec.cli import COMMANDS, main

ROOT = Path(__file__).parents[1]
HOOKS = {hook["id"]: hook for hook in yaml.safe_load((ROOT / ".pre-commit-hooks.yaml").read_text("utf-8"))}
BAD = "clspec 1\nmodel   Net { input features(4) head h = incremantal() }\n"


def run(hook: str, *arguments: str) -> int:
    """The exit code of a hook on these files."""
    with pytest.raises(SystemExit) as ended:
        main([*HOOKS[hook]["entry"].split()[1:], *arguments])
    return ended.value.code


def test_each_hook_is_a_command_of_clspec() -> None:
    assert [*HOOKS] == ["clspec-check", "clspec-fmt"]
    for hook in HOOKS.values():
        program, command = hook["entry"].split()
        assert program == "clspec" and command in COMMANDS
        assert hook["language"] == "python" and hook["name"] and hook["description"]
        matched = [
            name for name in ("net.clspec", "a/b.clspec", "net.yaml", "clspec") if re.search(hook["files"], name)
        ]
        assert matched == ["net.clspec", "a/b.clspec"]


def test_the_page_names_each() -> None:
    page = (ROOT / "docs" / "how-to" / "ci.md").read_text("utf-8")
    assert re.findall(r"- id: (\S+)", page) == [*HOOKS]


def test_they_do_what_pre_commit_takes_for_failing(tmp_path, capsys) -> None:
    """An exit code, or a file that is changed."""
    spec = tmp_path / "net.clspec"
    spec.write_text(BAD)
    assert run("clspec-check", str(spec)) == 1
    assert 'unknown component "incremantal"' in capsys.readouterr().out
    assert spec.read_text() == BAD
    assert run("clspec-fmt", str(spec)) == 0
    assert spec.read_text() != BAD
    formatted = spec.read_text()
    assert run("clspec-fmt", str(spec)) == 0
    assert spec.read_text() == formatted
