from __future__ import annotations

from pathlib import Path

import pytest

TESTS = Path(__file__).parent
SPECS = TESTS.parent / "specs"


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--update-golden", action="store_true", help="write what tests/cases/ is compared with")


@pytest.fixture
def golden(request: pytest.FixtureRequest):
    """Compares a text with a file; with --update-golden it writes the file."""

    def compare(text: str, path: Path) -> None:
        if request.config.getoption("--update-golden"):
            path.write_text(text)
        assert text == path.read_text(), f"{path} differs; if that is meant, run pytest with --update-golden"

    return compare
