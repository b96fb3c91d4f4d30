"""What is imported when: a quick check must not wait for torch."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

SPECS = Path(__file__).parent.parent / "specs" / "tutorial"
CLSPEC, YAML = str(SPECS / "nested_modules.clspec"), str(SPECS / "nested_modules.yaml")
HEAVY = {"torch", "lark", "pydantic", "graphviz", "pygraphviz", "yaml", "numpy", "click", "pytorchcv", "torchvision"}
QUICK = {
    "torch",
    "lark",
    "pydantic",
    "pydantic_core",
    "graphviz",
    "pygraphviz",
    "rich",
    "numpy",
    "pytorchcv",
    "difflib",
    "zipfile",
    "csv",
    "email",
}
"""What a check of a spec without errors does without."""


def loaded_by(code: str) -> set[str]:
    """The top-level modules that are loaded once `code` has run in a fresh process."""
    told = "\nimport sys, json; print(json.dumps(sorted({name.partition('.')[0] for name in sys.modules})))"
    command = [sys.executable, "-W", "error", "-c", code + told]
    ended = subprocess.run(command, capture_output=True, text=True, check=False)
    assert ended.returncode == 0, ended.stderr
    assert ended.stderr == ""
    return set(json.loads(ended.stdout.splitlines()[-1]))


def command(*arguments: str) -> str:
    return (
        f"from clspec.cli import main\ntry:\n    main({list(arguments)!r})\nexcept SystemExit as ended:\n"
        "    assert ended.code == 0, ended.code"
    )


def test_importing_clspec_loads_nothing_heavy() -> None:
    assert not loaded_by("import clspec") & HEAVY


def test_naming_public_things_loads_no_torch() -> None:
    code = "import clspec\nclspec.Experience([0]), clspec.SpecError, clspec.streams.split(), dir(clspec)"
    assert not loaded_by(code) & HEAVY


@pytest.mark.parametrize(
    ("arguments", "without"),
    [
        (["--help"], HEAVY - {"click"}),
        (["check", CLSPEC], QUICK | {"yaml"}),
        (["check", YAML], QUICK),
        (["plan", CLSPEC], {"torch", "graphviz", "pygraphviz", "yaml", "numpy", "pytorchcv"}),
        (["simulate", CLSPEC], {"torch", "graphviz", "pygraphviz", "yaml", "numpy", "pytorchcv"}),
        (["compile", CLSPEC], {"torch", "graphviz", "pygraphviz", "yaml", "numpy", "pytorchcv"}),
        (["compile", "--standalone", CLSPEC], {"torch", "graphviz", "pygraphviz", "yaml", "numpy", "pytorchcv"}),
        (["diff", CLSPEC, YAML, "--at", "1"], {"torch", "graphviz", "pygraphviz", "numpy", "pytorchcv"}),
        (["breaking", CLSPEC, YAML], {"torch", "graphviz", "pygraphviz", "numpy", "pytorchcv"}),
        (["explain", CLSPEC], {"torch", "graphviz", "pygraphviz", "yaml", "numpy", "pytorchcv"}),
        (["check", str(SPECS / "pytorchcv_backbone.clspec")], {"torch", "pytorchcv", "numpy"}),
    ],
    ids=lambda value: value[0] if isinstance(value, list) else "",
)
def test_a_command_loads_only_what_it_needs(arguments, without) -> None:
    assert not loaded_by(command(*arguments)) & without


INSIDE = """clspec 1
stream tasks = split(classes=4, experiences=2)
model Net {{ input image(3, 32, 32)
    backbone f = {}
    neck tapped = [avg_pool(), flatten()] from f.{}
    head labels = incremental()
    head early = incremental() from tapped
    freeze f.{}
    when experience 1.. {{ freeze f until {} }}
}}
"""
LIST = "[conv(8, 3), residual([conv(8, 3), batch_norm()]), relu(), flatten()]"
RESNET = 'pytorchcv("resnet20_cifar10")'


UNITS = ("stage2.unit1", "stage1.unit1", "stage2.unit2")


@pytest.mark.parametrize("inside", [(LIST, "1.0", "1.1", "2"), (RESNET, *UNITS)])
@pytest.mark.parametrize("name", ["check", "plan", "simulate", "render", "compile"])
def test_the_inside_of_a_backbone_is_known_without_torch(tmp_path, inside, name) -> None:
    """Taps and rules that reach into a list of layers, and below the stages of a library's network."""
    path = tmp_path / "spec.clspec"
    path.write_text(INSIDE.format(*inside))
    more = ["-o", str(tmp_path / "model.dot")] if name == "render" else []
    assert not loaded_by(command(name, str(path), *more)) & {"torch", "pytorchcv", "numpy"}


def test_rendering_to_dot_loads_no_torch_and_no_engine(tmp_path) -> None:
    loaded = loaded_by(command("render", CLSPEC, "-o", str(tmp_path / "model.dot")))
    assert not loaded & {"torch", "numpy", "pygraphviz", "graphviz"}
    assert (tmp_path / "model.dot").exists()


def test_every_module_imports_without_a_warning() -> None:
    code = """
import importlib, pkgutil, clspec
for module in pkgutil.walk_packages(clspec.__path__, "clspec."):
    if not module.name.endswith("__main__") and not module.name.startswith("clspec.integrations."):  # these are extras
        importlib.import_module(module.name)
"""
    assert "clspec" in loaded_by(code)


@pytest.mark.parametrize(
    ("pair", "asks"), [("wider", False), ("model_inside", False), ("tap_deeper", False), ("backbone_deeper", True)]
)
def test_breaking_asks_torch_of_networks_of_libraries_that_changed_alone(pair, asks) -> None:
    folder = Path(__file__).parent / "pairs" / pair
    code = f"import clspec\nclspec.breaking({str(folder / 'old.clspec')!r}, {str(folder / 'new.clspec')!r})"
    assert ("torch" in loaded_by(code)) == asks
