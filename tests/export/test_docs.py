"""The page on exporting runs."""

from tests.pages import ROOT, run


def test_what_the_page_shows_runs(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    run(ROOT / "docs" / "how-to" / "export.md", tmp_path, capsys)
