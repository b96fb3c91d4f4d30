"""A model of several files: its class, its copies and its checkpoints carry the texts, and need the files no more."""

import copy
import pickle
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import torch

import clspec
from clspec.streams import split

CASE = Path(__file__).parent.parent / "cases" / "uses"
STREAM = split(classes=4, experiences=2)
NET = 'clspec 1\nuse "{}" as b\nmodel Net {{ input features(5)\n neck a = b.Proj()\n head h = incremental() }}\n'
HOSTILE = (
    'clspec 1\n# """ + exec("raise SystemExit") + """ \\\n'
    "# ''' \\N{BULLET} \\u0022\\u0022\\u0022 {} %s\n"
    'model Proj { "Doc \\"\\"\\" of it."\n input features()\n neck body = linear(3) }\n# "\\'
)


@pytest.fixture
def folder(tmp_path):
    """The case's files in a folder of the test, which may be taken away."""
    shutil.copytree(CASE, tmp_path / "specs")
    return tmp_path / "specs"


def grown(folder):
    model = clspec.compile(folder / "spec.clspec", seed=3)
    optimizer = torch.optim.Adam(model.parameters())
    model.adaptation(STREAM[0], optimizer=optimizer)
    model(torch.randn(4, 10)).square().sum().backward()
    optimizer.step()
    return model, optimizer


def test_the_class_carries_each_used_text_once(folder):
    model, _ = grown(folder)
    assert dict(model.SPEC.used) == {
        key: (CASE / key).read_text() for key in ("blocks/necks.clspec", "blocks/heads.yaml")
    }
    for other in (copy.deepcopy(model), pickle.loads(pickle.dumps(model))):
        assert other.SPEC == model.SPEC


def test_a_checkpoint_is_loaded_where_the_files_are_not(folder, tmp_path, monkeypatch):
    model, optimizer = grown(folder)
    clspec.save_checkpoint(model, tmp_path / "grown", optimizer)
    shutil.rmtree(folder)
    (tmp_path / "elsewhere" / "blocks").mkdir(parents=True)
    # A file of a used file's name lies here, and is another: what the checkpoint carries counts.
    (tmp_path / "elsewhere" / "blocks" / "necks.clspec").write_text("no spec")
    monkeypatch.chdir(tmp_path / "elsewhere")
    again, _ = clspec.load_checkpoint(tmp_path / "grown")
    x = torch.randn(3, 10)
    assert torch.equal(again.eval()(x), model.eval()(x))
    assert again.train().adaptation(STREAM[1]).changes == model.train().adaptation(STREAM[1]).changes
    clspec.save_checkpoint(again, tmp_path / "twice")
    assert clspec.load_checkpoint(tmp_path / "twice")[0].SPEC == model.SPEC


def test_a_pickle_opens_in_a_fresh_process_without_the_files(folder, tmp_path):
    model, _ = grown(folder)
    torch.save(model.eval(), tmp_path / "model.pt")
    torch.save(model(torch.ones(2, 10)).detach(), tmp_path / "logits.pt")
    shutil.rmtree(folder)
    script = (
        "import sys, torch\n"
        "model = torch.load(sys.argv[1], weights_only=False)\n"
        "assert torch.equal(model(torch.ones(2, 10)), torch.load(sys.argv[2]))\n"
        "print(*model.SPEC.used)\n"
    )
    command = [sys.executable, "-c", script, str(tmp_path / "model.pt"), str(tmp_path / "logits.pt")]
    done = subprocess.run(command, capture_output=True, text=True, check=False, cwd=tmp_path)
    assert (done.returncode, done.stdout) == (0, "blocks/necks.clspec blocks/heads.yaml\n"), done.stderr


def test_a_used_text_stays_text(tmp_path):
    name = "it's {x}\u00e9 %s.clspec"
    (tmp_path / name).write_text(HOSTILE)
    (tmp_path / "spec.clspec").write_text(NET.format(name))
    model = clspec.compile(tmp_path / "spec.clspec")
    assert dict(model.SPEC.used) == {name: HOSTILE}
    clspec.save_checkpoint(model, tmp_path / "model")
    assert clspec.load_checkpoint(tmp_path / "model")[0].SPEC == model.SPEC


def test_a_spec_read_with_leave_is_saved_with_what_it_used(tmp_path):
    (tmp_path / "in").mkdir()
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "b.clspec").write_text("clspec 1\nmodel Proj { input features()\n neck n = linear(3) }\n")
    (tmp_path / "in" / "spec.clspec").write_text(NET.format("../out/b.clspec"))
    model = clspec.compile(clspec.parse(tmp_path / "in" / "spec.clspec", allow_use=[tmp_path / "out"]))
    clspec.save_checkpoint(model, tmp_path / "model")
    shutil.rmtree(tmp_path / "out")
    assert clspec.load_checkpoint(tmp_path / "model")[0].SPEC == model.SPEC
