"""torchvision and timm are optional: without them, or where they do not import, the finding says what to install."""

from __future__ import annotations

import subprocess
import sys

import pytest

MISSING = 'raise ModuleNotFoundError("No module named \'{0}\'", name="{0}")\n'
BROKEN = 'raise RuntimeError("operator torchvision::nms does not exist")\n'
WITH_TORCHVISION = "import torchvision\n"
SPEC = """clspec 1
model Net {{
    input image(3, 32, 32)
    backbone trunk = {}("resnet18")
    head labels = incremental()
}}
"""


@pytest.mark.parametrize(
    ("kind", "torchvision", "timm", "said", "help"),
    [
        ("torchvision", MISSING, "", 'no module named "torchvision"', 'pip install "clspec[torchvision]"'),
        ("torchvision", BROKEN, "", "operator torchvision::nms does not exist", "built for your torch"),
        ("timm", "", MISSING, 'no module named "timm"', 'pip install "clspec[timm]"'),
        ("timm", BROKEN, WITH_TORCHVISION, "operator torchvision::nms does not exist", "timm needs a torchvision"),
        ("timm", MISSING, WITH_TORCHVISION, 'no module named "torchvision"', "timm needs a torchvision"),
    ],
)
def test_a_library_that_is_missing_or_broken(tmp_path, kind, torchvision, timm, said, help) -> None:
    for name, text in (("torchvision", torchvision), ("timm", timm)):
        (tmp_path / name).mkdir()
        (tmp_path / name / "__init__.py").write_text(text.format(name))
    (tmp_path / "spec.clspec").write_text(SPEC.format(kind))
    code = f"""
import sys
sys.path.insert(0, {str(tmp_path)!r})
from clspec.cli import main
main(["check", "spec.clspec"])
"""
    ended = subprocess.run([sys.executable, "-c", code], cwd=tmp_path, capture_output=True, text=True, check=False)
    assert (ended.returncode, ended.stderr) == (1, "")
    assert "error[CL210]" in ended.stdout and said in ended.stdout and help in ended.stdout
    assert ended.stdout.startswith("spec.clspec:4:")
