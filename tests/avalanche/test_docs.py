import re
from pathlib import Path

HERE = Path(__file__).parent
PAGE = (HERE.parents[1] / "docs" / "avalanche.md").read_text(encoding="utf-8")


def test_every_difference_is_on_the_page_and_has_its_test():
    tests = "".join(path.read_text(encoding="utf-8") for path in HERE.glob("test_*.py"))
    assert set(re.findall(r"^\| .*`(test_\w+)` \|$", PAGE, re.M)) == {
        "test_fecam",
        *re.findall(r"^def (test_difference_\w+)", tests, re.M),
    }
