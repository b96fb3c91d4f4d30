"""Redraws `docs/pictures/` from the specs, a picture a view. Run by `make pictures`."""

from __future__ import annotations

from pathlib import Path

import clspec
from clspec.diagrams.views import VIEWS

ROOT = Path(__file__).parent.parent


def main() -> None:
    for spec in sorted({*ROOT.glob("specs/**/*.clspec")} - {*ROOT.glob("specs/blocks/*")}):
        folder = ROOT / "docs" / "pictures" / spec.parent.name
        folder.mkdir(parents=True, exist_ok=True)
        for view in VIEWS:
            print(clspec.render(spec, view).save(folder / f"{spec.stem}.{view}.svg").relative_to(ROOT))


if __name__ == "__main__":
    main()
