import re
from pathlib import Path

import pytest
import torch

HERE = Path(__file__).parent
PAGE = (HERE.parents[1] / "docs" / "avalanche.md").read_text(encoding="utf-8")


def test_every_difference_is_on_the_page_and_has_its_test():
    tests = "".join(path.read_text(encoding="utf-8") for path in HERE.glob("test_*.py"))
    assert set(re.findall(r"^\| .*`(test_\w+)` \|$", PAGE, re.M)) == {
        "test_fecam",
        *re.findall(r"^def (test_difference_\w+)", tests, re.M),
    }


@pytest.mark.filterwarnings("ignore")
def test_the_model_of_the_page_trains(monkeypatch):
    monkeypatch.chdir(HERE.parents[1])
    block = re.findall(r"```python\n(.*?)```", PAGE, re.DOTALL)[0]
    names = {"__name__": "docs"}
    exec(compile(block, "avalanche.md", "exec"), names)
    right = [(names["model"].eval()(x[None]).argmax() == y).item() for x, y, *_ in names["test"]]
    assert torch.tensor(right).float().mean() > 0.5
