"""`module("package.module:Class")`: code of the user's own, run only with leave, never anything else."""

from __future__ import annotations

import importlib
import subprocess
import sys

import pytest
import torch

import clspec
from clspec.cli import main

torch.set_num_threads(1)
NETS = """
import torch
from torch import nn

class Small(nn.Module):
    def __init__(self, in_channels=3, widths=(4, 8), scale=1.0, name="small", bias=True, nothing=None):
        super().__init__()
        self.given = (in_channels, widths, scale, name, bias, nothing)
        self.body = nn.Sequential(
            nn.Conv2d(in_channels, widths[0], 3, bias=bias), nn.ReLU(), nn.Conv2d(widths[0], widths[1], 3, bias=bias),
            nn.AdaptiveAvgPool2d(2),
        )

    def forward(self, x):
        return self.body(x)

class Frozen(Small):
    # As feature extractors often are: all of it, or the first layer alone.

    def __init__(self, whole=True):
        super().__init__()
        self.norm = nn.BatchNorm2d(8)
        for parameter in (self if whole else self.body[0]).parameters():
            parameter.requires_grad = False

    def forward(self, x):
        return self.norm(self.body(x))

class LastFirst(nn.Module):
    # The stem is registered last, has a parameter of its own, and a layer that is used without being called.

    def __init__(self):
        super().__init__()
        self.tail = nn.Sequential(nn.Conv2d(4, 8, 3), nn.BatchNorm2d(8))
        self.scale = nn.Parameter(torch.ones(1))
        self.stem = nn.Module()
        self.stem.shift = nn.Parameter(torch.zeros(1))
        self.stem.conv = nn.Conv2d(3, 4, 3)
        self.stem.unused = nn.Conv2d(4, 4, 1)

    def forward(self, x):
        x = self.stem.conv(x + self.stem.shift)
        x = nn.functional.conv2d(x, self.stem.unused.weight, self.stem.unused.bias)
        return self.tail(x * self.scale).mean((2, 3))

class Pair(Small):
    def forward(self, x):
        return x, x

class Halved(Small):
    def forward(self, x):
        return x[:1]

class NotBuilt(Small):
    def __init__(self):
        raise KeyError("no weights")

class Leaving(Small):
    def __init__(self):
        raise SystemExit(3)

class NotRun(Small):
    def forward(self, x):
        raise IndexError("no such thing")

def function():
    print("function was called")
    raise SystemExit
"""
TEXT = """clspec 1
model Net {{
    input image(3, 16, 16)
    backbone trunk = module({})
    head labels = incremental()
    freeze trunk.body.0
}}
"""


@pytest.fixture(scope="module", autouse=True)
def package(tmp_path_factory):
    """A package of the user's own on the path."""
    folder = tmp_path_factory.mktemp("own")
    (folder / "own_nets.py").write_text(NETS)
    (folder / "own_broken.py").write_text("1 / 0\n")
    sys.path.insert(0, str(folder))
    importlib.invalidate_caches()
    yield folder
    sys.path.remove(str(folder))
    for name in ("own_nets", "own_broken"):
        sys.modules.pop(name, None)


def spec(arguments: str):
    return clspec.parse_string(TEXT.format(arguments))


def test_it_is_built_flattened_frozen_and_forecast_as_it_is() -> None:
    mine = spec('"own_nets:Small", widths=[3, 5], name="a\\"b", scale=0.5, bias=false, nothing=none')
    leave = ["own_nets"]
    model = clspec.compile(mine, allow_imports=leave)
    assert model.trunk.net.given == (3, (3, 5), 0.5, 'a"b', False, None)
    assert model(torch.zeros(2, 3, 16, 16)).shape == (2, 2)
    assert not any(each.requires_grad for each in model.trunk.net.body[0].parameters())
    (row,) = clspec.simulate(mine, [clspec.Experience([0, 1])], allow_imports=leave).to_dict()["experiences"]
    model.adaptation(clspec.Experience([0, 1]))
    assert row["parameters"] == sum(each.numel() for each in model.parameters())
    assert row["trainable"] == sum(each.numel() for each in model.parameters() if each.requires_grad)
    assert "from own_nets import Small\n" in clspec.emit(mine, allow_imports=leave)
    assert clspec.render(mine, allow_imports=leave).source


@pytest.mark.parametrize("arguments", ['"own_nets:Frozen"', '"own_nets:Frozen", whole=false'])
@pytest.mark.parametrize(
    ("rules", "trains"),
    [
        ("", [False, False]),
        ("unfreeze trunk", [True, True]),
        ("when experience 1 { unfreeze trunk }", [False, True]),
        ("freeze trunk", [False, False]),
    ],
)
def test_what_a_class_freezes_by_itself_is_forecast_and_woken_by_rules_only(arguments, rules, trains) -> None:
    """All of it stands still, statistics too, until it is unfrozen; what else it freezes are constants."""
    text = TEXT.format(arguments).replace("freeze trunk.body.0", rules)
    mine, leave = clspec.parse_string(text), ["own_nets"]
    model = clspec.compile(mine, allow_imports=leave)
    stream = [clspec.Experience([0, 1], index=0), clspec.Experience([2, 3], index=1)]
    rows = clspec.simulate(mine, stream, allow_imports=leave).rows
    whole = "whole" not in arguments
    for experience, row, training in zip(stream, rows, trains, strict=True):
        assert model.adaptation(experience).changes == row.changes
        assert row.parameters == sum(each.numel() for each in model.parameters())
        assert row.trainable == sum(each.numel() for each in model.parameters() if each.requires_grad)
        if whole:
            assert any(each.requires_grad for each in model.trunk.parameters()) is training
            before = model.trunk.net.norm.running_mean.clone()
            model(torch.randn(4, 3, 16, 16)).sum().backward()
            assert torch.equal(before, model.trunk.net.norm.running_mean) is not training
    assert ("own_nets:Frozen is built frozen" in clspec.emit(mine, allow_imports=leave)) is whole


@pytest.mark.parametrize(
    ("rule", "frozen"),
    [
        ("freeze trunk until stem", {"scale", "stem"}),
        ("freeze trunk until tail.0", {"scale", "stem", "tail.0"}),
        ("freeze trunk until tail", {"scale", "stem", "tail"}),
        ("freeze trunk until stem.conv", {"scale", "stem.shift", "stem.conv"}),
        ("freeze trunk\n when experience 0 { unfreeze trunk from tail }", {"scale", "stem"}),
    ],
)
def test_bounds_follow_the_forward_not_the_order_of_registration(rule, frozen) -> None:
    mine = clspec.parse_string(TEXT.replace("freeze trunk.body.0", "{}").format('"own_nets:LastFirst"', rule))
    leave, stream = ["own_nets"], [clspec.Experience([0, 1])]
    model = clspec.compile(mine, allow_imports=leave)
    (row,) = clspec.simulate(mine, stream, allow_imports=leave).rows
    assert model.adaptation(stream[0]).changes == row.changes
    assert row.trainable == sum(each.numel() for each in model.parameters() if each.requires_grad)
    for name, each in model.trunk.net.named_parameters():
        assert each.requires_grad is not any(f"{name}.".startswith(f"{path}.") for path in frozen), name
    for name, module in model.trunk.net.named_modules():
        if not list(module.children()):
            assert module.training is not any(f"{name}.".startswith(f"{path}.") for path in frozen), name


def test_without_leave_nothing_of_it_is_imported(package) -> None:
    (finding,) = clspec.check(spec('"own_nets:Small"'))
    assert (finding.code, finding.span.text) == ("CL209", 'module("own_nets:Small")')
    assert "--allow-import own_nets" in str(finding.help)
    code = f"""
import sys
sys.path.insert(0, {str(package)!r})
import clspec
spec = clspec.parse_string({TEXT.format('"own_nets:Small"')!r})
for leave in ((), ["own_net"], ["torch"]):
    assert [each.code for each in clspec.check(spec, allow_imports=leave)] == ["CL209"]
    for make in (clspec.compile, clspec.emit, clspec.plan, clspec.simulate, clspec.render):
        try:
            make(spec, allow_imports=leave)
        except clspec.SpecError:
            continue
        raise SystemExit("it was made")
assert "own_nets" not in sys.modules
"""
    subprocess.run([sys.executable, "-c", code], check=True)


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        ('"own_nets:Small", depth=3', "CL211", "unexpected keyword argument 'depth'"),
        ('"own_nets:Pair"', "CL301", "Pair gives a tuple"),
        ('"own_nets:Halved"', "CL211", "it gives a tensor of (1, 768)"),
        ('"own_nets:NotBuilt"', "CL211", "cannot be built: KeyError: 'no weights'"),
        ('"own_nets:Leaving"', "CL211", "cannot be built: SystemExit: 3"),
        ('"own_nets:NotRun"', "CL301", "cannot take 3×16×16: IndexError: no such thing"),
        ('"own_nets:Small", in_channels=5', "CL301", "cannot take 3×16×16"),
        ('"own_nets:function"', "CL211", "function is no class of torch.nn.Module"),
        ('"own_nets:torch"', "CL211", "torch is no class of torch.nn.Module"),
        ('"own_nets:Smal"', "CL211", 'own_nets has no "Smal"'),
        ('"own_netz:Small"', "CL211", 'no module named "own_netz"'),
        ('"own_nets.deeper:Small"', "CL211", 'no module named "own_nets.deeper"'),
        ('"own_broken:Small"', "CL211", "importing own_broken raises ZeroDivisionError: division by zero"),
        ('"own_nets:Small", widths=relu()', "CL203", "must be a value or a list of values, not a component"),
        ('"own_nets:Small", 4', "CL205", "too many arguments"),
        ('"own_nets:Small", widths=3, widths=4', "CL207", "given twice"),
        ("", "CL202", 'needs the argument "class_path"'),
        ("3", "CL203", "must be a string, not 3"),
    ],
)
def test_what_is_wrong_is_a_finding_with_its_place(arguments, code, said, capsys) -> None:
    (finding,) = clspec.check(spec(arguments), allow_imports=["own_nets", "own_netz", "own_broken"])
    assert finding.code == code and said in finding.message
    assert finding.span.line == 4
    assert capsys.readouterr().out == ""


@pytest.mark.parametrize(
    "path",
    [
        "own_nets:Small\\nimport os", "own_nets:Small()", "own_nets.Small", "own nets:Small", ":Small", "own_nets:", "",
        "own_nets:Small:x", "own_nets:class", "import:Small", "own_nets;os:Small", "..own_nets:Small", "own_nets:Smäll",
        'own_nets:Small\\"', "own_nets:Small # x", "own_nets :Small", "own_nets:Small\\u0000",
    ],
)  # fmt: skip
def test_no_path_can_become_code(path) -> None:
    leave = ["own_nets", "", "import", "own_nets;os", "own nets"]
    (finding,) = clspec.check(spec(f'"{path}"'), allow_imports=leave)
    assert finding.code == "CL204" and "package.module:Class" in finding.message
    with pytest.raises(clspec.SpecError):
        clspec.emit(spec(f'"{path}"'), allow_imports=leave)


def test_no_name_of_an_argument_in_yaml_can_become_code() -> None:
    for name in ("a b", "class", "x=1, y", "ä", "1x", "a.b"):
        text = f"""clspec: 1
models:
  Net:
    body:
      - {{input: x, uses: image, with: [3, 16, 16]}}
      - {{backbone: trunk, uses: module, with: {{class_path: "own_nets:Small", "{name}": 3}}}}
"""
        with pytest.raises(clspec.SpecError):
            clspec.emit(clspec.parse_string(text, "yaml"), allow_imports=["own_nets"])


def test_every_command_takes_leave(tmp_path, capsys) -> None:
    path = tmp_path / "spec.clspec"
    path.write_text(TEXT.format('"own_nets:Small"') + "stream s = split(classes=4, experiences=2)\n")
    for command in ("check", "compile", "plan", "simulate", "render"):
        for leave, code in (([], 1), (["--allow-import", "torch", "--allow-import", "own_nets"], 0)):
            with pytest.raises(SystemExit) as ended:
                main([command, str(path), *leave])
            assert ended.value.code == code, (command, capsys.readouterr())
            assert ("CL209" in capsys.readouterr().out) == (code == 1)


def test_a_checkpoint_needs_leave_too(tmp_path) -> None:
    model = clspec.compile(spec('"own_nets:Small"'), allow_imports=["own_nets"])
    clspec.save_checkpoint(model, tmp_path / "model.ckpt")
    with pytest.raises(clspec.CheckpointError, match="CL209"):
        clspec.load_checkpoint(tmp_path / "model.ckpt")
    again, _ = clspec.load_checkpoint(tmp_path / "model.ckpt", allow_imports=["own_nets"])
    assert again.state_dict().keys() == model.state_dict().keys()
