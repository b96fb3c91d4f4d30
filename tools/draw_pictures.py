"""Redraws `docs/pictures/` from the specs, a picture a view, and writes `docs/gallery.md`. Run by `make pictures`."""

from __future__ import annotations

from pathlib import Path

import clspec
from clspec.diagrams.views import VIEWS

ROOT = Path(__file__).parent.parent
SPECS = sorted({*ROOT.glob("specs/**/*.clspec")} - {*ROOT.glob("specs/blocks/*")})
HEAD = """# Gallery

Every spec in [specs](../specs/README.md), as it is born, rule by rule, and over its stream. `make pictures` draws them;
[diagrams](diagrams.md) tells how to draw your own.

All views of a model are together in [one page](diagrams.md#a-page) for a browser, here of
[tutorial/nested_modules](../specs/tutorial/nested_modules.clspec), in light and in dark; `make screenshots` takes them.

![A page: the architecture at experience 2, a head marked, and its line in the spec beside it](pictures/page.light.png)

![The same page in dark](pictures/page.dark.png)
"""


CHANGED = ROOT / "docs" / "changes"
DIFFERENCE = ROOT / "docs" / "pictures" / "changes" / "digits.diff.svg"
"""What changed between the two specs of the how-to on changes."""


def main() -> None:
    for spec in SPECS:
        for view in VIEWS:
            print(clspec.render(spec, view).save(picture(spec, view)).relative_to(ROOT))
    changed = clspec.diff(CHANGED / "before.clspec", CHANGED / "after.clspec", at=2)
    print(changed.render().save(DIFFERENCE).relative_to(ROOT))
    (ROOT / "docs" / "gallery.md").write_text(gallery(), "utf-8")


def picture(spec: Path, view: str) -> Path:
    return ROOT / "docs" / "pictures" / spec.parent.name / f"{spec.stem}.{view}.svg"


def gallery() -> str:
    """The page, with the description of each picture for who does not see it."""
    difference = f"![What changed of a model]({DIFFERENCE.relative_to(ROOT / 'docs')})"
    changed = ["## [What changed](how-to/changes.md)", "", difference, ""]
    return "\n".join([HEAD, *(line for spec in SPECS for line in section(spec)), *changed])


def section(spec: Path) -> list[str]:
    name = spec.relative_to(ROOT)
    lines = [f"## [{name.parent.name}/{name.stem}](../{name})", ""]
    for view in VIEWS:
        file = picture(spec, view).relative_to(ROOT / "docs")
        lines += [f"![{view.capitalize()} of {name.stem}]({file})", ""]
    return lines


if __name__ == "__main__":
    main()
