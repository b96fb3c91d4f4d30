"""Weights of a part from a file of the caller's, or from where the library keeps its published ones."""

from __future__ import annotations

import importlib
import pickle
import subprocess
import sys

import pytest
import torch
from pytorchcv.models.resnet_cifar import resnet20_cifar10, resnet56_cifar10
from safetensors.torch import save_file

import clspec
from clspec.catalogue import pytorchcv_catalogue
from clspec.cli import main
from clspec.nn import Backbone, IncrementalClassifier, load_weights

torch.set_num_threads(1)
TEXT = """clspec 1
model Inner {{
    input image({0}, 32, 32)
    backbone trunk = pytorchcv("resnet20_cifar10"{1})
}}
model Net {{
    input image({0}, 32, 32)
    backbone deep = Inner()
    backbone trunk = pytorchcv("resnet20_cifar10") from x
    head labels = incremental()
}}
"""
SPEC = TEXT.format(3, "")


def compiled(text=SPEC, **settings):
    return clspec.compile(clspec.parse_string(text), **settings)


@pytest.fixture(scope="module")
def network():
    torch.manual_seed(1)
    return resnet20_cifar10()


def same(backbone, network) -> bool:
    theirs = network.state_dict()
    return all(torch.equal(value, theirs[name.removeprefix("net.")]) for name, value in backbone.state_dict().items())


@pytest.mark.parametrize("suffix", [".pth", ".safetensors"])
@pytest.mark.parametrize(
    "form", ["network", "backbone", "wrapped", "module.", "_orig_mod.module.", "module._orig_mod."]
)
@pytest.mark.parametrize("path", ["trunk", "deep.trunk"])
def test_files_of_the_network_before_and_after_its_classifier_was_dropped(
    tmp_path, network, suffix, form, path
) -> None:
    state = network.state_dict()
    if form == "backbone":
        state = {f"net.{name}": value for name, value in state.items() if not name.startswith("output")}
    if form.endswith("."):  # saved out of DistributedDataParallel, torch.compile or both
        state = {f"{form}{name}": value for name, value in state.items()}
    file = tmp_path / f"weights{suffix}"
    if suffix == ".safetensors":
        save_file(state, file)
    else:
        torch.save({"state_dict": state, "epoch": 3} if form == "wrapped" else state, file)
    model = compiled(weights={path: file})
    others = {"trunk", "deep.trunk"} - {path}
    assert same(model.get_submodule(path), network)
    assert not any(same(model.get_submodule(other), network) for other in others)


def test_a_head_takes_the_rows_in_the_file(tmp_path) -> None:
    head = IncrementalClassifier(64)
    head.adaptation(clspec.Experience([5, 2, 7]))
    torch.save(head.state_dict(), tmp_path / "head.pth")
    model = compiled(weights={"labels": tmp_path / "head.pth"})
    assert torch.equal(model.labels.weight, head.weight)


@pytest.mark.parametrize(
    ("made", "said"),
    [
        (lambda: resnet20_cifar10(in_channels=1).state_dict(), "reads 1 input channel, here there are 3"),
        (lambda: resnet56_cifar10().state_dict(), "the model has no net.features.stage1.unit4"),
        (lambda: torch.nn.Linear(3, 4).state_dict(), "it lacks net.features.init_block.conv.weight"),
        (lambda: {**resnet20_cifar10().state_dict(), "more": torch.zeros(1)}, "the model has no net.more"),
        (lambda: [1, 2], "does not hold tensors by name"),
        (lambda: {"name": "x"}, "does not hold tensors by name"),
        (resnet20_cifar10, "is no file of weights"),  # a whole module: reading it would run code
    ],
)
def test_another_file_is_refused_with_what_does_not_fit(tmp_path, made, said) -> None:
    file = tmp_path / "other.pth"
    torch.save(made(), file)
    with pytest.raises(clspec.SpecError) as caught:
        compiled(weights={"trunk": file})
    (finding,) = caught.value.diagnostics
    assert finding.code == "CL212" and said in finding.message and "other.pth" in finding.message


def test_a_refused_file_changes_nothing(tmp_path) -> None:
    backbone = Backbone(resnet20_cifar10())
    before = {name: value.clone() for name, value in backbone.state_dict().items()}
    torch.save({**resnet20_cifar10(in_channels=1).state_dict()}, tmp_path / "one.pth")
    with pytest.raises(ValueError, match="first convolution"):
        load_weights(backbone, tmp_path / "one.pth")
    assert all(torch.equal(value, before[name]) for name, value in backbone.state_dict().items())


class Hostile:
    def __reduce__(self):
        return exec, ("raise SystemExit('code of the file ran')",)


@pytest.mark.parametrize("content", [b"", b"nonsense", pickle.dumps({"a": Hostile()})])
@pytest.mark.parametrize("suffix", ["pth", "safetensors"])
def test_what_is_no_file_of_weights_is_told_and_never_run(tmp_path, content, suffix) -> None:
    file = tmp_path / f"bad.{suffix}"
    file.write_bytes(content)
    with pytest.raises(clspec.SpecError, match=rf"bad\.{suffix} is no file of weights"):
        compiled(weights={"trunk": file})


def test_missing_files_and_parts_are_named(tmp_path) -> None:
    with pytest.raises(clspec.SpecError, match=r"there is no file .*nowhere\.pth"):
        compiled(weights={"trunk": tmp_path / "nowhere.pth"})
    with pytest.raises(clspec.SpecError, match=r'did you mean "trunk"\?'):
        compiled(weights={"trnk": tmp_path / "nowhere.pth"})


def test_a_compiled_file_reads_them_when_it_is_built(tmp_path, network, monkeypatch, capsys) -> None:
    monkeypatch.syspath_prepend(str(tmp_path))
    spec, out, file = tmp_path / "spec.clspec", tmp_path / "with_weights.py", tmp_path / 'we"ights.pth'
    spec.write_text(SPEC)
    torch.save(network.state_dict(), file)
    with pytest.raises(SystemExit) as ended:
        main(["compile", str(spec), "-o", str(out), "--weights", f"trunk={file}", "--weights", f"deep.trunk={file}"])
    assert ended.value.code == 0, capsys.readouterr()
    model = importlib.import_module("with_weights").Net()
    assert same(model.trunk, network) and same(model.deep.trunk, network)


@pytest.mark.parametrize("value", ["trunk", "=file", "trunk="])
def test_weights_on_the_command_line_say_a_part_and_a_file(tmp_path, value, capsys) -> None:
    (tmp_path / "spec.clspec").write_text(SPEC)
    with pytest.raises(SystemExit) as ended:
        main(["compile", str(tmp_path / "spec.clspec"), "--weights", value])
    assert ended.value.code == 2 and "PART=FILE" in capsys.readouterr().err


# ---- published weights ---------------------------------------------------------------------------------------------


def test_published_weights_come_from_the_librarys_own_folder(tmp_path, network, monkeypatch) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    name = f"resnet20_cifar10-{pytorchcv_catalogue().network('resnet20_cifar10').weights}.pth"
    text = TEXT.format(3, ", pretrained=true")
    with pytest.raises(clspec.SpecError) as caught:
        compiled(text)
    (finding,) = caught.value.diagnostics
    assert (finding.code, finding.span.line) == ("CL212", 4)
    assert str(tmp_path / ".torch" / "models" / name) in finding.message
    assert list(tmp_path.iterdir()) == []  # nothing was downloaded, no folder was made
    (tmp_path / ".torch" / "models").mkdir(parents=True)
    torch.save(network.state_dict(), tmp_path / ".torch" / "models" / name)
    assert same(compiled(text).deep.trunk, network)


@pytest.mark.parametrize(
    ("made", "said"),
    [(None, "is no file of weights"), (resnet56_cifar10, "the model has no features.stage1.unit4")],
)
def test_a_published_file_that_is_spoilt_or_of_another_network_is_a_finding(tmp_path, monkeypatch, made, said) -> None:
    """As a download that was cut off leaves it."""
    monkeypatch.setenv("HOME", str(tmp_path))
    name = f"resnet20_cifar10-{pytorchcv_catalogue().network('resnet20_cifar10').weights}.pth"
    file = tmp_path / ".torch" / "models" / name
    file.parent.mkdir(parents=True)
    file.write_bytes(b"cut off") if made is None else torch.save(made().state_dict(), file)
    with pytest.raises(clspec.SpecError) as caught:
        compiled(TEXT.format(3, ", pretrained=true"))
    (finding,) = caught.value.diagnostics
    assert (finding.code, finding.span.line) == ("CL212", 4)
    assert str(file) in finding.message and said in finding.message


def test_a_checkpoint_holds_its_weights_and_needs_no_other_file(tmp_path, network, monkeypatch) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    name = f"resnet20_cifar10-{pytorchcv_catalogue().network('resnet20_cifar10').weights}.pth"
    folder = tmp_path / ".torch" / "models"
    folder.mkdir(parents=True)
    torch.save(network.state_dict(), folder / name)
    clspec.save_checkpoint(compiled(TEXT.format(3, ", pretrained=true")), tmp_path / "model.ckpt")
    (folder / name).unlink()
    again, _ = clspec.load_checkpoint(tmp_path / "model.ckpt")
    assert same(again.deep.trunk, network)


def test_check_needs_no_weights_at_hand_and_no_torch(tmp_path) -> None:
    text = TEXT.format(3, ", pretrained=true")
    code = f"import sys, clspec; print(clspec.check(clspec.parse_string({text!r})), 'torch' in sys.modules)"
    ended = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert ended.stdout.split() == ["[]", "False"]


def test_weights_that_nobody_published_are_refused_at_check() -> None:
    text = 'clspec 1\nmodel N { input image(3, 224, 224)\n backbone b = pytorchcv("ghostnet", pretrained=true) }'
    (finding,) = clspec.check(clspec.parse_string(text))
    assert (finding.code, finding.span.text) == ("CL212", "true")
    assert "publishes no weights" in finding.message


def test_published_weights_are_for_three_channels() -> None:
    (finding,) = clspec.check(clspec.parse_string(TEXT.format(1, ", pretrained=true")))
    assert finding.code == "CL301" and "repeat_channels(3)" in str(finding.help)


def test_a_file_that_is_not_here_is_told_when_compiling(tmp_path, capsys) -> None:
    from clspec.cli import main

    spec = tmp_path / "net.clspec"
    spec.write_text("clspec 1\nmodel M { input features(4)\n backbone trunk = mlp([8])\n head h = incremental() }\n")
    fitting = tmp_path / "fitting.pth"
    torch.save(clspec.compile(spec).trunk.state_dict(), fitting)
    for file, told in ((tmp_path / "no.pth", True), (fitting, False)):
        with pytest.raises(SystemExit) as ended:
            main(["compile", str(spec), "--weights", f"trunk={file}"])
        said = capsys.readouterr()
        assert not ended.value.code and said.out.startswith('"""M')
        assert (f"there is no file {file} here" in said.err) == told


def test_a_file_that_does_not_fit_is_refused_when_compiling(tmp_path, network, capsys) -> None:
    """Not only where the written module is built, which may be another day and another machine."""
    spec, out = tmp_path / "net.clspec", tmp_path / "net.py"
    spec.write_text(SPEC)
    torch.save(torch.nn.Linear(2, 2).state_dict(), tmp_path / "other.pth")
    (tmp_path / "junk.pth").write_bytes(b"junk")
    for file, reason in (("other.pth", "does not fit"), ("junk.pth", "is no file of weights")):
        with pytest.raises(SystemExit) as ended:
            main(["compile", str(spec), "-o", str(out), "--weights", f"trunk={tmp_path / file}"])
        assert ended.value.code == 1 and not out.exists()
        assert reason in capsys.readouterr().out


def test_a_whole_pickled_network_says_how_to_save_its_weights(tmp_path, network) -> None:
    torch.save(network, tmp_path / "whole.pth")
    with pytest.raises(clspec.SpecError) as told:
        compiled(weights={"trunk": tmp_path / "whole.pth"})
    (finding,) = told.value.diagnostics
    assert "\x1b" not in finding.message and "options" not in finding.message
    assert "torch.save(network.state_dict(), ...)" in finding.message


def test_repeating_channels_is_advised_where_it_gives_what_the_weights_read(tmp_path) -> None:
    torch.save(resnet20_cifar10(in_channels=1).state_dict(), tmp_path / "one.pth")
    torch.save(resnet20_cifar10().state_dict(), tmp_path / "three.pth")
    with pytest.raises(ValueError, match=r"give it 1 input channel$"):
        load_weights(Backbone(resnet20_cifar10()), tmp_path / "one.pth")
    with pytest.raises(ValueError, match=r"by `repeat_channels\(3\)`"):
        load_weights(Backbone(resnet20_cifar10(in_channels=1)), tmp_path / "three.pth")
