"""Photographs a page in light and dark into `docs/pictures`. Run by `make screenshots`; needs Chromium."""

from __future__ import annotations

import io
import os
import shutil
import tempfile
from pathlib import Path

from PIL import Image
from playwright.sync_api import Browser, sync_playwright

import clspec

ROOT = Path(__file__).parent.parent
SPEC = ROOT / "specs" / "tutorial" / "nested_modules.clspec"


def main() -> None:
    program = shutil.which("chromium")
    if program is None:
        raise SystemExit("no Chromium found: apt-get install chromium")
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        page = clspec.render(SPEC, at=2).save(Path(folder) / "page.html")
        # Chromium refuses to run as root in its sandbox, which a page of our own does not need.
        for_root = ["--no-sandbox"] if os.geteuid() == 0 else []
        browser = playwright.chromium.launch(executable_path=program, args=for_root)
        for scheme in ("light", "dark"):
            target = ROOT / "docs" / "pictures" / f"page.{scheme}.png"
            photograph(browser, page, scheme).save(target, optimize=True)
            print(target.relative_to(ROOT))
        browser.close()


def photograph(browser: Browser, path: Path, scheme: str) -> Image.Image:
    """The page with the pointer on a head, in few colours: a quarter of the bytes and no difference to be seen."""
    page = browser.new_page(viewport={"width": 1280, "height": 800}, color_scheme=scheme, reduced_motion="reduce")
    page.goto(path.as_uri())
    page.locator('#stage g[data-id="coarse.labels"]').hover()
    picture = Image.open(io.BytesIO(page.screenshot())).convert("RGB")
    return picture.quantize(128, dither=Image.Dither.NONE)


if __name__ == "__main__":
    main()
