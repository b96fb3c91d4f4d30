"""What docs/add-a-head.md promises: two product files and one case folder, and a head is everywhere."""

from __future__ import annotations

import ast
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from clspec.components import registry
from tests.pages import blocks

ROOT = Path(__file__).parents[1]
HEADS = [name for name, kind in registry().items() if kind.roles == ("head",)]
KNOWN_ELSEWHERE = {
    "incremental": {
        "clspec/components/per_task.py", "clspec/nn/per_task.py", "clspec/nn/multi_head.py", "clspec/nn/cosine.py",
    }
}  # fmt: skip
"""Where a head's name stands besides its own files: a head for each task is of this kind, a cosine head is one."""

GROW = '''
import clspec
text = """clspec 1
stream tasks = split(classes=4, experiences=2)
model M { input features(6) head labels = angle(initial=2) }"""
assert clspec.check(clspec.parse_string(text)) == []
spec = clspec.parse_string(text)
assert "angle" in clspec.render(spec).source
forecast = [row["parameters"] for row in clspec.simulate(spec).to_dict()["experiences"]]
model, real = clspec.compile(spec), []
for experience in clspec.streams.split(classes=4, experiences=2):
    model.adaptation(experience)
    real.append(sum(parameter.numel() for parameter in model.parameters()))
assert type(model.labels).__name__ == "AngleClassifier"
assert forecast == real == [13, 25]
'''


@pytest.mark.parametrize("kind", HEADS)
def test_a_head_is_two_files_and_a_case(kind) -> None:
    assert (ROOT / "clspec" / "components" / f"{kind}.py").exists()
    assert (ROOT / "clspec" / "nn" / f"{kind}.py").exists()
    used = re.compile(rf"\b{kind}\(")
    assert any(used.search(case.read_text("utf-8")) for case in ROOT.glob("tests/cases/*/spec.clspec"))
    assert (ROOT / "tests" / "constructs" / f"head_{kind}.clspec").exists()


@pytest.mark.parametrize("kind", HEADS)
def test_no_other_file_names_a_head(kind) -> None:
    own = {f"clspec/{folder}/{kind}.py" for folder in ("components", "nn")} | {"clspec/nn/__init__.py"}
    naming = {path.relative_to(ROOT).as_posix() for path in ROOT.glob("clspec/**/*.py") if kind in names(path)}
    assert naming - own == KNOWN_ELSEWHERE.get(kind, set())


def names(path: Path) -> set[str]:
    """The strings that stand in code as they are, and the last parts of modules that are imported."""
    tree = ast.parse(path.read_text("utf-8"))
    strings = {node.value for node in ast.walk(tree) if isinstance(node, ast.Constant) and isinstance(node.value, str)}
    imports = {(node.module or "").split(".")[-1] for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)}
    return strings | imports


def test_the_page_shows_the_three() -> None:
    shown = [block.title for block in blocks(ROOT / "docs" / "add-a-head.md") if block.title]
    assert shown == ["clspec/components/cosine.py", "clspec/nn/cosine.py", "tests/cases/cosine/spec.clspec"]


def test_two_files_are_enough(tmp_path) -> None:
    """The cosine head under another name, in a copy of clspec that has only these two files more."""
    for folder in ("clspec", "grammar"):
        shutil.copytree(ROOT / folder, tmp_path / folder, ignore=shutil.ignore_patterns("__pycache__"))
    for folder in ("components", "nn"):
        text = (ROOT / "clspec" / folder / "cosine.py").read_text("utf-8")
        text = text.replace('"clspec.nn", "Cosine', '"clspec.nn.angle", "Cosine')
        renamed = text.replace("Cosine", "Angle").replace('"cosine"', '"angle"')
        (tmp_path / "clspec" / folder / "angle.py").write_text(renamed, "utf-8")
    ran = subprocess.run([sys.executable, "-c", GROW], cwd=tmp_path, capture_output=True, text=True, check=False)
    assert ran.returncode == 0, ran.stderr
