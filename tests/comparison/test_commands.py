"""`clspec diff`, `breaking` and `render --view diff` as a user meets them, wrong input first of all."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from pathlib import Path

import pytest

import clspec
from clspec.cli import main
from clspec.comparison.strictness import LOSSES, MEANINGS, SETS, STRICTNESSES
from clspec.syntax.words import LONGEST_TEXT

PAIRS = Path(__file__).parents[1] / "pairs"
OLD, NEW = str(PAIRS / "head_added" / "old.clspec"), str(PAIRS / "head_added" / "new.clspec")
BLOCKS = "clspec 1\nmodel Block(width=4) {\n    input features()\n    neck body = linear(width)\n}\n"
USER = """clspec 1
use "blocks/parts.clspec"
model Net {
    input features(6)
    neck body = parts.Block(width=%d)
    head labels = incremental()
}
"""


@pytest.fixture
def run(capsys):
    def call(*arguments: object) -> tuple[int, str, str]:
        with pytest.raises(SystemExit) as ended:
            main([*map(str, arguments)])
        written = capsys.readouterr()
        assert "Traceback (" not in written.out + written.err and "CL999" not in written.out + written.err
        return ended.value.code, written.out, written.err

    return call


@pytest.fixture
def repository(tmp_path, monkeypatch) -> Path:
    """A repository of two commits; the spec and the block that it uses differ between them."""
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", os.devnull)
    folder = tmp_path / "specs"
    (folder / "blocks").mkdir(parents=True)
    monkeypatch.chdir(tmp_path)

    def git(*arguments: str) -> None:
        identity = ("-c", "user.name=a", "-c", "user.email=a@b", "-c", "commit.gpgsign=false")
        subprocess.run(["git", *identity, *arguments], check=True, capture_output=True)

    git("init", "-q", "-b", "main")
    for width, block in ((4, BLOCKS), (5, BLOCKS.replace("linear(width)", "[linear(width), relu()]"))):
        (folder / "net.clspec").write_text(USER % width)
        (folder / "blocks" / "parts.clspec").write_text(block)
        git("add", ".")
        git("commit", "-qm", f"width {width}")
    git("tag", "v1", "HEAD~1")
    return tmp_path


# ---- what is printed


def test_text_and_json_say_the_same(run) -> None:
    assert run("diff", OLD, NEW) == (0, f"{clspec.diff(OLD, NEW)}\n", "")
    assert json.loads(run("diff", OLD, NEW, "--output-format", "json")[1]) == clspec.diff(OLD, NEW).to_dict()
    assert run("diff", OLD, NEW, "--at", 2)[1] == f"{clspec.diff(OLD, NEW, at=2)}\n"
    assert "+ head b (incremental per task, from body)" in run("diff", OLD, NEW)[1]
    assert json.loads(run("breaking", OLD, NEW, "--output-format", "json")[1]) == clspec.breaking(OLD, NEW).to_dict()


@pytest.mark.parametrize(("strictness", "code"), [("weights", 0), ("heads", 1), ("names", 1)])
def test_the_exit_code_of_breaking_says_whether_something_is_lost(run, strictness, code) -> None:
    assert run("breaking", OLD, NEW, "--strictness", strictness)[0] == code
    assert run("breaking", OLD, OLD)[0] == 0


def test_every_set_and_every_loss_is_explained(run) -> None:
    page = (Path(__file__).parents[2] / "docs" / "how-to" / "changes.md").read_text("utf-8")
    said = " ".join(run("breaking", "--help")[1].split())
    assert [*SETS] == [*STRICTNESSES] == [*MEANINGS]
    for name in STRICTNESSES:
        assert f"{name}: {MEANINGS[name]}" in said and f"`{name}`" in page
    for loss, meaning in LOSSES.items():
        assert loss in {each for losses in SETS.values() for each in losses}
        assert f"{loss}: {meaning}" in said and f"| {loss} |" in page
    assert set(SETS["weights"]) < set(SETS["heads"]) < set(SETS["names"]) == set(LOSSES)


def test_standard_input_is_one_of_two(run, monkeypatch) -> None:
    import io
    import sys

    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(Path(OLD).read_bytes())))
    assert run("diff", "-", NEW)[1].replace("<stdin>", OLD) == run("diff", OLD, NEW)[1]
    assert run("diff", "-", "-")[0] == 2


def test_parameters_and_models_go_to_whom_they_belong(run, tmp_path) -> None:
    one, other = tmp_path / "one.clspec", tmp_path / "other.clspec"
    one.write_text("clspec 1\nmodel A(width=4) { input features(2)\n head h = linear(width) }\n")
    other.write_text("clspec 1\nmodel A(width=4, more=1) { input features(2)\n head h = linear(width + more) }\n")
    assert "features 9 → 11" in run("diff", one, other, "--set", "width=9", "--set", "more=2")[1]
    code, out, _ = run("diff", one, other, "--set", "wide=9")
    assert code == 1 and 'error[CL108]: model A has no parameter "wide"' in out and str(other) in out
    other.write_text(other.read_text().replace("model A", "model B"))
    assert "CL119" in run("diff", one, other)[1]
    assert "name A → B" in run("diff", one, other, "--old-model", "A", "--model", "B")[1]


def test_of_several_models_it_is_the_one_that_both_have(run, tmp_path) -> None:
    one, other = tmp_path / "one.clspec", tmp_path / "other.clspec"
    body = "{ input features(2)\n head h = linear(%d) }\n"
    one.write_text(f"clspec 1\nmodel A {body % 1}")
    other.write_text(f"clspec 1\nmodel B {body % 3}model A {body % 2}")
    assert run("diff", one, other)[1].startswith(f"A, {one} → {other}\n")
    one.write_text(f"clspec 1\nmodel A {body % 1}model B {body % 1}")
    code, out, _ = run("diff", one, other)
    assert code == 1 and "error[CL105]: no default model: B, A are in both" in out
    assert run("breaking", one, other, "--model", "B")[1].startswith("B, ")


def test_what_no_other_model_uses_in_both_is_the_one_meant(run, tmp_path) -> None:
    block = "model Block { input features()\n neck body = linear(5) }\n"
    one, other = tmp_path / "one.clspec", tmp_path / "other.clspec"
    one.write_text(f"clspec 1\n{block}model Net {{ input features(2)\n neck n = Block()\n head h = incremental() }}\n")
    other.write_text(
        f"clspec 1\n{block}model Net {{ input features(2)\n neck n = linear(5)\n head h = incremental() }}\n"
    )
    for pair in ((one, other), (other, one)):  # Block is in both, and in one of them by itself
        assert run("diff", *pair)[1].startswith("Net, ")


def test_what_counts_as_a_loss_is_marked(run) -> None:
    for strictness in STRICTNESSES:
        out = run("breaking", OLD, NEW, "--strictness", strictness)[1]
        rows = [line for line in out.splitlines() if line.startswith(("! ", "  "))]
        losses = clspec.breaking(OLD, NEW, strictness=strictness).losses
        assert sum(line.startswith("! ") for line in rows) == len(losses)  # no row of this pair stands for several


def test_an_input_is_never_the_part_that_has_its_name_now(run, tmp_path) -> None:
    one, other = tmp_path / "one.clspec", tmp_path / "other.clspec"
    one.write_text("clspec 1\nmodel Net {\n input a = features(6)\n head h = incremental()\n}\n")
    other.write_text("clspec 1\nmodel Net {\n input x = features(6)\n head a = incremental()\n}\n")
    assert "→ input x (was a, 6)" in run("diff", one, other)[1]
    assert "! moves  h.* → a.*" in run("breaking", one, other)[1]
    assert run("breaking", one, other, "--strictness", "heads")[0] == 0
    assert run("render", "--view", "diff", one, other)[0] == 0


# ---- revisions


def test_a_revision_brings_the_files_that_it_uses(run, repository) -> None:
    path = "specs/net.clspec"
    out = run("diff", f"git:HEAD~1:{path}", path)[1]
    assert out.startswith(f"Net, git:HEAD~1:{path} → {path}\n")
    assert "+ [1] relu()" in out or "kind linear(features=4) → [linear(features=5), relu()]" in out
    assert run("diff", f"git:main:{path}", f"git:HEAD:{path}")[1].endswith("nothing changed\n")
    assert run("diff", f"git:v1:{path}", f"git:HEAD~1:{path}")[1].endswith("nothing changed\n")
    assert run("breaking", f"git:v1:{path}", path)[0] == 1
    os.chdir("specs")
    assert run("diff", "git:HEAD:./net.clspec", "net.clspec")[1].endswith("nothing changed\n")
    shutil.rmtree("blocks")  # the working tree has no part in it
    assert run("diff", "git:HEAD:./net.clspec", f"git:HEAD:{path}")[1].endswith("nothing changed\n")


@pytest.mark.parametrize(
    ("named", "words"),
    [
        ("git:nope:specs/net.clspec", 'there is no revision "nope"'),
        ("git:--help:specs/net.clspec", 'there is no revision "--help"'),
        ("git:-C/tmp:specs/net.clspec", 'there is no revision "-C/tmp"'),
        ("git:HEAD:specs/other.clspec", '"specs/other.clspec" is not there in revision HEAD'),
        ("git:HEAD:specs", '"specs" is a folder in revision HEAD'),
        ("git:HEAD:../net.clspec", '"../net.clspec" is not there in revision HEAD'),
        ("git:HEAD", '"git:HEAD" names no file of a revision'),
        ("git::specs/net.clspec", "names no file of a revision"),
        ("git:HEAD:", "names no file of a revision"),
        ("git:HEAD:a\nb", "names no file of a revision"),
    ],
)
def test_a_revision_that_is_not_there(run, repository, named, words) -> None:
    for arguments in (("diff",), ("breaking",), ("render", "--view", "diff")):
        code, out, err = run(*arguments, named, "specs/net.clspec")
        assert (code, err) == (1, "") and "error[CL118]: " in out and words in out and "help: " in out


def test_a_path_from_here_is_suggested(run, repository) -> None:
    os.chdir("specs")
    assert "git:HEAD:specs/net.clspec" in run("diff", "git:HEAD:net.clspec", "net.clspec")[1]


def test_a_revision_uses_what_lies_in_its_folder(run, repository) -> None:
    Path("net.clspec").write_text((USER % 4).replace("blocks/", "../specs/blocks/"))
    Path("inner").mkdir()
    Path("net.clspec").rename("inner/net.clspec")
    subprocess.run(["git", "add", "."], check=True)
    identity = ("-c", "user.name=a", "-c", "user.email=a@b", "-c", "commit.gpgsign=false")
    subprocess.run(["git", *identity, "commit", "-qm", "outside"], check=True)
    code, out, _ = run("diff", "git:HEAD:inner/net.clspec", "git:HEAD:inner/net.clspec")
    assert code == 1 and "error[CL115]" in out and "git:HEAD:inner/net.clspec:2:5" in out
    assert run("diff", *["git:HEAD:inner/net.clspec"] * 2, "--allow-use", "specs")[0] == 0


def test_what_a_revision_holds_may_be_anything(run, repository) -> None:
    Path("large.clspec").write_bytes(b" " * (LONGEST_TEXT + 1))
    Path("binary.clspec").write_bytes(b"\xff\xfe\x00")
    Path("wrong.clspec").write_text("clspec 1\nmodel Net { input features(3)\n head h = incrementall() }\n")
    subprocess.run(["git", "add", "."], check=True)
    identity = ("-c", "user.name=a", "-c", "user.email=a@b", "-c", "commit.gpgsign=false")
    subprocess.run(["git", *identity, "commit", "-qm", "odd"], check=True)
    for name, code in (("large", "CL011"), ("binary", "CL003"), ("wrong", "CL110")):
        ended, out, err = run("diff", f"git:HEAD:{name}.clspec", "specs/net.clspec")
        assert (ended, err) == (1, "") and f"git:HEAD:{name}.clspec" in out and f"error[{code}]" in out


def test_no_repository_and_no_git(run, tmp_path, monkeypatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("GIT_CEILING_DIRECTORIES", str(tmp_path.parent))
    code, out, _ = run("diff", "git:HEAD:net.clspec", NEW)
    assert code == 1 and "error[CL118]: git finds no repository here: " in out
    monkeypatch.setenv("PATH", str(tmp_path))
    code, out, _ = run("diff", "git:HEAD:net.clspec", NEW)
    assert code == 1 and "error[CL118]: git cannot be run: " in out


# ---- other wrong input


@pytest.mark.parametrize("command", [("diff",), ("breaking",), ("render", "--view", "diff")])
def test_specs_that_do_not_check_and_files_that_are_not_there(run, command, tmp_path) -> None:
    bad = tmp_path / "bad.clspec"
    bad.write_text("clspec 1\nmodel Net { input features(3)\n head h = incrementall() }\n")
    code, out, err = run(*command, bad, NEW)
    assert (code, err) == (1, "") and f"{bad}:3:11: error[CL110]" in out
    assert run(*command, bad, bad)[1].count("error[CL110]") == 1
    code, out, _ = run(*command, tmp_path / "nowhere.clspec", NEW)
    assert code == 1 and "error[CL005]" in out
    assert run(*command, tmp_path, NEW)[0] == 2  # a directory
    assert run(*command, "", NEW)[0] == 2


def test_experiences_and_streams_that_are_not_there(run) -> None:
    for command in (("diff",), ("render", "--view", "diff")):
        code, out, _ = run(*command, OLD, NEW, "--at", 9)
        assert code == 1 and "error[CL505]: experience 9 is not in the stream, which has 3" in out
        assert run(*command, OLD, NEW, "--at", 1, "--stream", "other")[0] == 1
        assert run(*command, OLD, NEW, "--stream", "tasks")[0] == 2


def test_a_spec_without_a_stream_follows_the_others(run, tmp_path) -> None:
    path = tmp_path / "old.clspec"
    path.write_text(
        Path(OLD).read_text().replace("stream tasks = split(classes=6, experiences=3, task_labels=true)", "")
    )
    for stream in ((), ("--stream", "tasks"), ("--stream", "split(6, 3)")):
        out = run("diff", path, OLD, "--at", 1, *stream)[1]
        assert "streams\n  + tasks" in out and "rows" not in out


def test_a_checkpoint_is_a_spec_too(run, tmp_path) -> None:
    path = tmp_path / "model.safetensors"
    clspec.save_checkpoint(clspec.compile(OLD), path)
    assert run("diff", path, OLD)[1] == f"Net, {path} → {OLD}: nothing changed\n"
    assert run("breaking", path, NEW, "--strictness", "weights")[0] == 0
    assert run("breaking", path, NEW, "--old-model", "Other", "--model", "Net")[1].startswith(f"{path}: error[CL106]")
    path.write_bytes(path.read_bytes()[:-40])
    for command in (("diff",), ("breaking",), ("render", "--view", "diff")):
        code, out, err = run(*command, path, NEW)
        assert (code, out) == (2, "") and "not a whole safetensors file" in err
    code, out, err = run("diff", tmp_path / "nowhere.safetensors", NEW)
    assert (code, out) == (2, "") and "cannot read" in err


def test_what_python_callers_get_wrong() -> None:
    with pytest.raises(ValueError, match='unknown strictness "all"; one of: weights, heads, names'):
        clspec.breaking(OLD, NEW, strictness="all")
    with pytest.raises(ValueError, match='unknown theme "pink"'):
        clspec.diff(OLD, NEW).render(theme="pink")
    with pytest.raises(ValueError, match='unknown part "nothing"'):
        clspec.diff(OLD, NEW).render(expand=["nothing"])
    with pytest.raises(ValueError, match="is of two specs"):
        clspec.render(NEW, view="diff")
