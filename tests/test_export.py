"""`clspec export` without a library beside torch: .pt2 files, wrong usage, and what is missing."""

from __future__ import annotations

import json
from importlib.metadata import PackageNotFoundError

import pytest
import torch
from torch import nn

import clspec
from clspec.cli import main
from clspec.integrations.export import export

torch.set_num_threads(1)
SPEC = """clspec 1
model Net(width=4) {
    input image(1, 6, 6)
    neck body = [flatten(), linear(width), batch_norm(), dropout(0.5)]
    head plain = incremental()
    head own = per_task(incremental()) from body
}
model Other {
    input features(4)
    head h = linear(2)
}
"""


@pytest.fixture
def run(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "two.clspec").write_text(SPEC)
    (tmp_path / "one.clspec").write_text(SPEC.partition("model Other")[0])

    def command(*arguments):
        with pytest.raises(SystemExit) as ended:
            main(["export", *arguments])
        said = capsys.readouterr()
        assert "Traceback (" not in said.out + said.err
        return ended.value.code, said.out, said.err

    return command


def grown():
    model = clspec.compile(clspec.parse_string(SPEC), "Net", seed=0)
    for task, classes in enumerate([[0, 1], [4, 2]]):
        model.adaptation(clspec.Experience(classes, [task], task))
    return model


def test_a_program_answers_as_the_grown_model_does_in_eval_mode(run, tmp_path) -> None:
    model = grown()
    clspec.save_checkpoint(model, "net.safetensors")
    assert run("net.safetensors", "-o", "new/net.pt2") == (0, "", "")
    told = {"clspec.json": ""}
    program = torch.export.load("new/net.pt2", extra_files=told).module()
    x, labels = torch.randn(5, 1, 6, 6), torch.tensor([0, 1, 1, 0, 1])
    for count in (5, 1):
        answer, wanted = program(x[:count], labels[:count]), model.eval()(x[:count], labels[:count])
        assert list(answer) == ["plain", "own"]
        for name in answer:
            torch.testing.assert_close(answer[name], wanted[name])
    with pytest.raises(RuntimeError, match="a task label that no adaptation ever announced"):
        program(x, labels + 1)
    assert json.loads(told["clspec.json"])["class_map"][-1] == {"head": "own", "task": 1, "class": 4, "column": 4}
    assert str(tmp_path).encode() not in (tmp_path / "new/net.pt2").read_bytes()
    assert b"/clspec/nn/" not in (tmp_path / "new/net.pt2").read_bytes()


def test_one_file_a_task(run) -> None:
    model = grown()
    clspec.save_checkpoint(model, "net.safetensors")
    assert run("net.safetensors", "-o", "net.pt2", "--task-label", "1") == (0, "", "")
    x = torch.randn(3, 1, 6, 6)
    answer = torch.export.load("net.pt2").module()(x, 1)
    torch.testing.assert_close(answer["own"], model.eval()(x, 1)["own"])


def test_a_spec_is_exported_as_it_is_born_and_says_so(run) -> None:
    code, out, err = run("one.clspec", "--set", "width=7", "-o", "net.pt2")
    assert (code, out) == (0, "") and "as it is born, with fresh weights" in err
    answer = torch.export.load("net.pt2").module()(torch.randn(3, 1, 6, 6), torch.zeros(3, dtype=torch.long))
    assert answer["plain"].shape == (3, 2)


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        (["one.clspec"], 2, "Missing option '-o'"),
        (["one.clspec", "-o", "net.txt"], 2, '"net.txt" must end in .onnx or .pt2'),
        (["one.clspec", "-o", "one.clspec"], 2, "must end in .onnx or .pt2"),
        (["one.clspec", "-o", "net.pt2", "--task-label", "3"], 2, "announced task 3; the known tasks are 0"),
        (["two.clspec", "-o", "net.pt2"], 1, "error[CL105]"),
        (["two.clspec", "--model", "Other", "-o", "net.pt2", "--task-label", "0"], 2, "Other takes no task labels"),
        (["no.clspec", "-o", "net.pt2"], 1, "error[CL005]"),
        (["bad.clspec", "-o", "net.pt2"], 1, "error[CL110]"),
        (["no.safetensors", "-o", "net.pt2"], 2, 'cannot read "no.safetensors"'),
        (["torn.safetensors", "-o", "net.pt2"], 2, "not a whole safetensors file"),
        (["net.safetensors", "--model", "Net", "-o", "net.pt2"], 2, "a checkpoint holds one"),
        (["one.clspec", "-o", "file/net.pt2"], 2, 'cannot write "file/net.pt2"'),
    ],
)
def test_wrong_usage_is_told_in_words_and_writes_nothing(run, tmp_path, arguments, code, said) -> None:
    clspec.save_checkpoint(grown(), "net.safetensors")
    (tmp_path / "torn.safetensors").write_bytes((tmp_path / "net.safetensors").read_bytes()[:-9])
    (tmp_path / "bad.clspec").write_text("clspec 1\nmodel Net { input features(2)\n head h = incremetal() }")
    (tmp_path / "file").write_text("")
    before = sorted(path.name for path in tmp_path.iterdir())
    ended, out, err = run(*arguments)
    assert ended == code and said in out + err
    assert sorted(path.name for path in tmp_path.iterdir()) == before


def test_without_onnx_the_finding_says_what_to_install(run, monkeypatch, tmp_path) -> None:
    def missing(name: str) -> str:
        raise PackageNotFoundError(name)

    monkeypatch.setattr("clspec.integrations.version", missing)
    code, out, _ = run("one.clspec", "-o", "net.onnx")
    assert code == 1 and "error[CL210]: onnx cannot be used: onnx is not installed" in out
    assert 'help: pip install "clspec[onnx]"' in out
    monkeypatch.setattr("clspec.integrations.version", lambda _: "1.2.0")
    assert "onnx 1.2.0 is too old" in run("one.clspec", "-o", "net.onnx")[1]
    assert not (tmp_path / "net.onnx").exists()


def test_what_is_no_compiled_model_is_a_programmers_mistake(tmp_path) -> None:
    with pytest.raises(TypeError, match="Linear was not compiled from a spec"):
        export(nn.Linear(2, 2), tmp_path / "m.pt2")
    with pytest.raises(ValueError, match=r"must end in \.onnx or \.pt2"):
        export(grown(), tmp_path / "m.pth")
