"""The pages on Hydra and Lightning run."""

import pytest

import tests.torchvision_operators  # noqa: F401  # torchmetrics imports torchvision where there is one
from tests.pages import ROOT, run


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("name", ["hydra", "lightning"])
def test_what_a_page_shows_runs(name, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    run(ROOT / "docs" / "how-to" / f"{name}.md", tmp_path, capsys)
