"""Completion in a shell: commands, options, kinds, and names out of the spec on the line."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from click.shell_completion import ShellComplete

from clspec.cli import COMMANDS, cli, main
from clspec.diagnostics import CODES

SPEC = """clspec 1
stream tasks = split(classes=4, experiences=2)
model Wide(width=8, drop=0.1) { input features() neck a = linear(width) }
model Net(size=4) {
    input features(size)
    group fine from x { head labels = incremental() }
}
"""


@pytest.fixture
def offered(tmp_path, monkeypatch):
    """What is offered for the last word of a line."""
    monkeypatch.chdir(tmp_path)
    Path("net.clspec").write_text(SPEC)
    Path("bad.clspec").write_text("clspec 1\nmodel {\n")

    def offers(line: str) -> list[str]:
        *words, begun = line.split(" ")
        completer = ShellComplete(cli, {}, "clspec", "_CLSPEC_COMPLETE")
        return [each.value for each in completer.get_completions(words, begun)]

    return offers


@pytest.mark.parametrize(
    ("line", "names"),
    [
        ("", [*COMMANDS]),
        ("ch", ["check"]),
        ("chk ", [*COMMANDS]),
        ("plan net.clspec --mod", ["--model"]),
        ("plan net.clspec --model ", ["Wide", "Net"]),
        ("check net.clspec --model N", ["Net"]),
        ("plan --model ", []),
        ("plan bad.clspec --model ", []),
        ("plan nosuch.clspec --model ", []),
        ("plan - --model ", []),
        ("compile net.clspec --set ", ["width=", "drop=", "size="]),
        ("compile net.clspec --model Net --set ", ["size="]),
        ("simulate net.clspec --stream ", ["tasks"]),
        ("render net.clspec --view a", ["architecture", "adaptation"]),
        ("render net.clspec --theme ", ["auto", "light", "dark", "print"]),
        ("render net.clspec --expand fine", ["fine", "fine.labels"]),
        ("check --output-format ", ["full", "concise", "json", "github", "sarif"]),
        ("components incr", ["incremental"]),
        ("backbones resnet20_cifar", ["resnet20_cifar10", "resnet20_cifar100"]),
        ("completion ", ["bash", "zsh", "fish"]),
        ("diff net.clspec other.clspec --old-model ", ["Wide", "Net"]),
        ("breaking net.clspec net.clspec --strictness ", ["weights", "heads", "names"]),
        ("explain net.clspec --stream t", ["tasks"]),
        ("explain CL11", [code for code in CODES if code.startswith("CL11")]),
        ("render net.clspec net.clspec --view diff --old-model N", ["Net"]),
    ],
)
def test_what_is_offered(offered, line, names) -> None:
    assert offered(line) == names


def test_a_path_is_left_to_the_shell(offered) -> None:
    completer = ShellComplete(cli, {}, "clspec", "_CLSPEC_COMPLETE")
    for line, kind in (
        (["check"], "file"),
        (["render", "net.clspec", "-o"], "file"),
        (["check", "--allow-use"], "dir"),
        (["diff"], "file"),
        (["diff", "net.clspec"], "file"),
        (["breaking", "net.clspec"], "file"),
        (["render", "net.clspec", "--view", "diff"], "file"),
        (["explain"], "file"),
        (["show"], "file"),
    ):
        assert [each.type for each in completer.get_completions(line, "")] == [kind]


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_the_script_of_a_shell(capsys, shell) -> None:
    with pytest.raises(SystemExit) as ended:
        main(["completion", shell])
    assert ended.value.code == 0
    assert f"_CLSPEC_COMPLETE={shell}_complete" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("words", "completed"),
    [
        ("plan net.clspec --model N", "Net"),
        ("brea", "breaking"),
        ("diff net.clspec net.clspec --old-model W", "Wide"),
        ("explain CL119", "CL119"),
    ],
)
def test_bash_completes(tmp_path, words, completed) -> None:
    """The script as bash runs it, with a `clspec` on the path."""
    (tmp_path / "net.clspec").write_text(SPEC)
    command = tmp_path / "clspec"
    command.write_text(f'#!/bin/sh\nexec "{sys.executable}" -m clspec "$@"\n')
    command.chmod(0o755)
    script = f"""
eval "$(clspec completion bash)"
COMP_WORDS=(clspec {words}); COMP_CWORD=$((${{#COMP_WORDS[@]}} - 1))
_clspec_completion clspec; echo "${{COMPREPLY[@]}}"
"""
    environment = {**os.environ, "PATH": f"{tmp_path}{os.pathsep}{os.environ['PATH']}"}
    ended = subprocess.run(
        [shutil.which("bash"), "-c", script], cwd=tmp_path, env=environment, capture_output=True, text=True, check=False
    )
    assert (ended.stdout, ended.stderr) == (f"{completed}\n", "")
