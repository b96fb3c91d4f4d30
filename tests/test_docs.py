"""Every Python block of the README and of docs/ runs."""

import re
from pathlib import Path

import pytest
import torch

ROOT = Path(__file__).parent.parent
PAGES = [ROOT / "docs" / name for name in ("python.md", "modules.md", "checkpoints.md", "diagrams.md")]


def blocks(page: Path) -> list[str]:
    return re.findall(r"```python\n(.*?)```", page.read_text("utf-8"), re.DOTALL)


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_the_blocks_of_a_page_run_one_after_the_other(page, monkeypatch):
    monkeypatch.chdir(ROOT)
    torch.manual_seed(0)
    namespace = {"__name__": "docs"}
    for number, block in enumerate(blocks(page)):
        exec(compile(block, f"{page.name}[{number}]", "exec"), namespace)


def test_the_readme_shows_what_the_compiler_writes(monkeypatch):
    import clspec

    monkeypatch.chdir(ROOT)
    shown, loop = blocks(ROOT / "README.md")
    assert shown in clspec.emit("specs/digits/class_incremental.clspec")
    exec(compile(loop, "README.md", "exec"), {"__name__": "docs"})


def test_the_readmes_spec_is_the_one_in_specs():
    text = (ROOT / "README.md").read_text("utf-8")
    shown = re.findall(r"```\n(clspec 1\n.*?)```", text, re.DOTALL)[0]
    spec = (ROOT / "specs" / "digits" / "class_incremental.clspec").read_text("utf-8")
    assert shown == "".join(line for line in spec.splitlines(keepends=True) if not line.startswith("#"))


def test_links_between_pages_lead_somewhere():
    pages = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *ROOT.glob("docs/**/*.md"), *ROOT.glob("specs/**/*.md")]
    for page in pages:
        prose = re.sub(r"```.*?```", "", page.read_text("utf-8"), flags=re.DOTALL)
        for target in re.findall(r"\]\((?!https?:)([^)#]+)\)", prose):
            assert (page.parent / target).exists(), f"{page.name}: {target}"


def test_the_page_on_diagrams_shows_what_the_tool_prints(monkeypatch):
    import clspec

    monkeypatch.chdir(ROOT)
    page = (ROOT / "docs" / "diagrams.md").read_text("utf-8")
    drawn = clspec.render("specs/digits/class_incremental.clspec", at=1)
    assert f"```text\n$ clspec show specs/digits/class_incremental.clspec --at 1\n{drawn.text}```" in page
    assert f"```mermaid\n{drawn.mermaid}```" in page


def test_the_page_on_diagrams_names_every_view_format_and_option():
    from clspec.diagrams.options import DIRECTIONS, FORMATS, SUFFIXES, THEMES
    from clspec.diagrams.views import VIEWS

    page = (ROOT / "docs" / "diagrams.md").read_text("utf-8")
    assert all(f"`{word}`" in page for word in (*DIRECTIONS, *FORMATS, *SUFFIXES, *THEMES, *VIEWS))


def test_the_gallery_shows_every_spec_in_every_view():
    from clspec.diagrams.views import VIEWS

    page = (ROOT / "docs" / "gallery.md").read_text("utf-8")
    specs = {*ROOT.glob("specs/**/*.clspec")} - {*ROOT.glob("specs/blocks/*")}
    wanted = {f"pictures/{spec.parent.name}/{spec.stem}.{view}.svg" for spec in specs for view in VIEWS}
    assert wanted == set(re.findall(r"pictures/[\w./]+", page))
