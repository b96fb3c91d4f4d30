"""The wheel and the sdist, installed in environments of their own, away from the repository."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tarfile
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
TORCH_FREE = ("click", "graphviz", "lark", "pydantic", "pyyaml")
"""What is installed where the torch-free commands are tried; torch itself, pytorchcv and safetensors are not."""
SPEC = """clspec 1

stream tasks = split(classes=4, experiences=2)

model Small(width=16) {
    "A small one."
    input image(3, 32, 32)
    backbone trunk = pytorchcv("resnet20_cifar10")
    neck reduced = [linear(width), relu]
    head labels = incremental(initial=2)
    freeze trunk until stage1
}
"""
COMMANDS = (
    "--version", "check small.clspec", "fmt --check small.clspec", "plan small.clspec", "simulate small.clspec",
    "convert small.clspec -o small.yaml", "check small.yaml", "expand small.clspec", "components incremental",
    "backbones resnet20", "explain CL112", "schema", "init start.clspec", "check start.clspec",
    "compile small.clspec -o model.py", "render small.clspec -o small.dot", "doctor --help",
)  # fmt: skip


def others() -> list[str]:
    """Other interpreters at hand that clspec is for."""
    managed = Path(os.environ.get("PYENV_ROOT", Path.home() / ".pyenv")) / "versions"
    found = []
    for name in ("python3.12", "python3.13"):
        places = [shutil.which(name), *map(str, sorted(managed.glob(f"{name.removeprefix('python')}*/bin/{name}")))]
        found += [each for each in places if each and run(each, "-V", cwd=ROOT).returncode == 0][:1]
    return found


def run(*command: str | Path, cwd: Path):
    clean = {name: value for name, value in os.environ.items() if not name.startswith("PYTHON")}
    return subprocess.run([*map(str, command)], check=False, cwd=cwd, capture_output=True, text=True, env=clean)


def fine(*command: str | Path, cwd: Path) -> str:
    done = run(*command, cwd=cwd)
    assert done.returncode == 0, f"{command}\n{done.stdout}\n{done.stderr}"
    return done.stdout


def pip(python: str | Path, *arguments: str | Path, cwd: Path) -> None:
    fine(python, "-m", "pip", "--disable-pip-version-check", "-q", *arguments, cwd=cwd)


@pytest.fixture(scope="module")
def built(tmp_path_factory) -> dict[str, Path]:
    """The sdist, and the wheel that is built from it: what is missing in the one is missing in the other."""
    folder = tmp_path_factory.mktemp("dist")
    fine(sys.executable, "-m", "build", "--outdir", folder, ROOT, cwd=folder)
    (wheel,), (sdist,) = folder.glob("*.whl"), folder.glob("*.tar.gz")
    return {"wheel": wheel, "sdist": sdist}


def environment(python: str, folder: Path, wheel: Path) -> Path:
    """A fresh environment with the wheel and what the torch-free commands need, as pinned."""
    fine(python, "-m", "venv", folder / "venv", cwd=folder)
    fresh = folder / "venv" / "bin" / "python"
    pip(fresh, "install", "--no-deps", wheel, cwd=folder)
    pip(fresh, "install", "-c", ROOT / "constraints.txt", *TORCH_FREE, cwd=folder)
    return fresh


@pytest.mark.parametrize("python", [sys.executable, *others()], ids=lambda path: Path(path).name)
def test_the_torch_free_commands_run_without_torch_outside_the_repository(python, built, tmp_path) -> None:
    fresh = environment(python, tmp_path, built["wheel"])
    assert run(fresh, "-c", "import torch", cwd=tmp_path).returncode != 0
    (tmp_path / "small.clspec").write_text(SPEC)
    for command in COMMANDS:
        fine(fresh.parent / "clspec", *command.split(), cwd=tmp_path)
    assert "class Small(" in (tmp_path / "model.py").read_text()


def test_a_model_is_built_and_adapts_outside_the_repository(built, tmp_path) -> None:
    fresh = environment(sys.executable, tmp_path, built["wheel"])
    (packages,) = (tmp_path / "venv").glob("lib/python*/site-packages")
    torch_is_in = fine(sys.executable, "-c", "import torch; print(torch.__file__)", cwd=tmp_path)
    (packages / "torch.pth").write_text(f"{Path(torch_is_in).parents[1]}\n")  # behind the environment's own packages
    (tmp_path / "small.clspec").write_text(SPEC)
    told = fine(
        fresh, "-c",
        "import clspec; model = clspec.compile('small.clspec'); print(clspec.__file__); "
        "print(model.adaptation(clspec.Experience([0, 1, 2])).changes)",
        cwd=tmp_path,
    )  # fmt: skip
    assert str(packages) in told and "labels" in told


def test_the_wheel_holds_what_it_reads_at_run_time(built) -> None:
    names = set(zipfile.ZipFile(built["wheel"]).namelist())
    page = {f"clspec/diagrams/page/page.{each}" for each in ("html", "css", "js")}
    assert page <= names
    data = ("py.typed", "catalogue/pytorchcv.json", "syntax/tables.json", "grammar/clspec.lark")
    assert {f"clspec/{each}" for each in (*data, "grammar/clspec.schema.json", "errors/CL112.md")} <= names
    assert not [name for name in names if not name.startswith(("clspec/", "clspec-"))]


def test_the_sdist_holds_what_its_tests_and_docs_need(built) -> None:
    with tarfile.open(built["sdist"]) as archive:
        names = {name.partition("/")[2] for name in archive.getnames()}
    assert {"pyproject.toml", "README.md", "CHANGELOG.md", "LICENSE", "Makefile", "constraints.txt"} <= names
    assert {"grammar/clspec.lark", "specs/two_heads.clspec", "tests/conftest.py", "docs/language.md"} <= names
    assert {"benchmarks/check.py", "tools/fuzz.py", "editors/vscode/package.json"} <= names


def test_pygments_finds_the_lexer_once_both_are_installed(built, tmp_path) -> None:
    fine(sys.executable, "-m", "venv", tmp_path / "venv", cwd=tmp_path)
    fresh = tmp_path / "venv" / "bin" / "python"
    pip(fresh, "install", "--no-deps", built["wheel"], cwd=tmp_path)
    pip(fresh, "install", "-c", ROOT / "constraints.txt", "pygments", cwd=tmp_path)
    (tmp_path / "small.clspec").write_text(SPEC)
    tokens = fine(fresh.parent / "pygmentize", "-l", "clspec", "-f", "raw", "small.clspec", cwd=tmp_path)
    assert "Token.Keyword\t'backbone'\n" in tokens and "Token.Name.Function\t'incremental'\n" in tokens
    assert fine(fresh.parent / "pygmentize", "-N", "small.clspec", cwd=tmp_path) == "clspec\n"
