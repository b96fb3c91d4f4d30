import re
import subprocess
import sys
from pathlib import Path

import pytest
import torch

HERE = Path(__file__).parent
PAGE = (HERE.parents[1] / "docs" / "avalanche.md").read_text(encoding="utf-8")

BLOCKS = re.findall(r"```python\n(.*?)```", PAGE, re.DOTALL)


def test_every_difference_is_on_the_page_and_has_its_test():
    tests = "".join(path.read_text(encoding="utf-8") for path in HERE.glob("test_*.py"))
    assert set(re.findall(r"^\| .*`(test_\w+)` \|$", PAGE, re.M)) == {
        "test_fecam",
        *re.findall(r"^def (test_difference_\w+)", tests, re.M),
    }


@pytest.mark.filterwarnings("ignore")
def test_the_model_of_the_page_trains(monkeypatch):
    monkeypatch.chdir(HERE.parents[1])
    block = BLOCKS[0]
    names = {"__name__": "docs"}
    exec(compile(block, "avalanche.md", "exec"), names)
    right = [(names["model"].eval()(x[None]).argmax() == y).item() for x, y, *_ in names["test"]]
    assert torch.tensor(right).float().mean() > 0.5


def test_the_operators_of_the_page_let_avalanche_be_imported():
    program = f"{BLOCKS[1]}\nimport avalanche.models"
    ran = subprocess.run([sys.executable, "-W", "ignore", "-c", program], capture_output=True, text=True, check=False)
    assert ran.returncode == 0, ran.stderr
