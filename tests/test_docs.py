"""Every block of the README, the pages of docs/ and the specs' READMEs runs, and every link leads somewhere."""

import re

import pytest

import clspec
from clspec.diagrams.options import DIRECTIONS, FORMATS, SUFFIXES, THEMES
from clspec.diagrams.views import VIEWS
from tests.pages import ROOT, blocks, run

ELSEWHERE = {"avalanche.md", "export.md", "hydra.md", "lightning.md"}
"""Pages whose code needs an extra run in the tests of that extra."""
IN_ITS_FOLDER = {"errors-in-a-terminal.md"}
"""Its commands run beside its specs: tests/test_terminal_page.py."""
PAGES = [
    page
    for pattern in ("*.md", "docs/*.md", "docs/how-to/*.md", "specs/**/*.md")
    for page in sorted(ROOT.glob(pattern))
    if page.name not in ELSEWHERE | IN_ITS_FOLDER
]


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.relative_to(ROOT).as_posix())
def test_what_a_page_shows_runs(page, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("NO_COLOR", "1")
    run(page, tmp_path, capsys)


def test_the_readme_shows_what_the_compiler_writes():
    shown, _ = blocks(ROOT / "README.md", "python")
    assert shown.text in clspec.emit(ROOT / "specs" / "digits" / "class_incremental.clspec")


def test_the_readmes_spec_is_the_one_in_specs():
    (shown,) = blocks(ROOT / "README.md", "clspec")
    spec = (ROOT / "specs" / "digits" / "class_incremental.clspec").read_text("utf-8")
    assert shown.text == "".join(line for line in spec.splitlines(keepends=True) if not line.startswith("#"))


def test_links_between_pages_lead_somewhere():
    pages = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *ROOT.glob("docs/**/*.md"), *ROOT.glob("specs/**/*.md")]
    for page in pages:
        prose = re.sub(r"```.*?```", "", page.read_text("utf-8"), flags=re.DOTALL)
        for target in re.findall(r"\]\((?!https?:)([^)#]+)\)", prose):
            assert (page.parent / target).exists() or made(target), f"{page.name}: {target}"


def made(target):
    """Whether the site makes this page from the code."""
    return target.startswith(("../api/", "api/"))


def test_the_page_on_diagrams_shows_the_mermaid_that_is_written():
    (shown,) = blocks(ROOT / "docs" / "diagrams.md", "mermaid")
    assert shown.text == clspec.render(ROOT / "specs" / "digits" / "class_incremental.clspec", at=1).mermaid


def test_the_page_on_diagrams_names_every_view_format_and_option():
    page = (ROOT / "docs" / "diagrams.md").read_text("utf-8")
    assert all(f"`{word}`" in page for word in (*DIRECTIONS, *FORMATS, *SUFFIXES, *THEMES, *VIEWS, "diff"))


def test_the_page_on_scale_has_the_sizes_that_are_forecast():
    page = (ROOT / "docs" / "scale.md").read_text("utf-8")
    spec = clspec.parse_string(blocks(ROOT / "docs" / "scale.md", "clspec")[0].text)
    rows = re.findall(r"^\| ([\d,]{9,}) \|(.*)\|$", page, re.MULTILINE)
    assert len(rows) == 3
    for classes, cells in rows:
        count = int(classes.replace(",", ""))
        last = clspec.simulate(spec, [clspec.Experience(range(count))]).rows[-1]
        answers = 256 * 4 * last.widths["classifier"]
        sizes = [last.memory, 4 * last.trainable, 8 * last.trainable, last.memory + 12 * last.trainable, answers]
        told = [f"{last.parameters:,}", *(f"{size / 10**9:.1f} GB" for size in sizes)]
        assert [cell.strip() for cell in cells.split("|")] == told


def test_the_gallery_shows_every_spec_in_every_view():
    page = (ROOT / "docs" / "gallery.md").read_text("utf-8")
    specs = {*ROOT.glob("specs/**/*.clspec")} - {*ROOT.glob("specs/blocks/*")}
    wanted = {f"pictures/{spec.parent.name}/{spec.stem}.{view}.svg" for spec in specs for view in VIEWS}
    wanted.add("pictures/changes/digits.diff.svg")
    assert wanted == set(re.findall(r"pictures/[\w./]+\.svg", page))
