"""Photographs Visual Studio Code with a spec in it into `docs/pictures`. Run by `make screenshots-editor`.

Needs Chromium, npm and code-server, which is Visual Studio Code for a browser: what is seen is the extension of
`editors/vscode`, packaged, and the answers of `clspec lsp`.
"""

from __future__ import annotations

import contextlib
import io
import json
import os
import re
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from urllib.request import urlopen

from PIL import Image
from playwright.sync_api import Locator, Page, ViewportSize, sync_playwright

ROOT = Path(__file__).parent.parent
PICTURES = ROOT / "docs" / "pictures"
SIZE: ViewportSize = {"width": 880, "height": 450}
PATIENCE = 60
"""Seconds until Visual Studio Code must answer."""
SPEC = """\
clspec 1

stream tasks = split(classes=10, experiences=5, task_labels=true)

# One trunk, two heads: one that all tasks share, and one for each task.
model TwoHeads(width=64) {
    input image(3, 32, 32)
    backbone trunk = pytorchcv("resnet20_cifar10")
    neck proj = [linear(2 * width), relu(), dropout(0.2)]
    head coarse = incremental(initial=2)
    head fine = per_task(incremental(initial=2))

    freeze trunk until stage2
    when experience 2.. { freeze trunk }
    when new_class { freeze coarse[:-1] }
    require parameters <= 400_000 over tasks
}
"""
SETTINGS = {
    "clspec.command": [sys.executable, "-m", "clspec", "lsp"],
    "editor.fontFamily": "DejaVu Sans Mono",
    "editor.fontSize": 14,
    "editor.minimap.enabled": False,
    "editor.stickyScroll.enabled": False,
    "editor.cursorBlinking": "solid",
    "editor.hover.above": False,
    "editor.hover.delay": 100,
    "breadcrumbs.enabled": False,
    "security.workspace.trust.enabled": False,
    "telemetry.telemetryLevel": "off",
    "update.mode": "none",
    "window.commandCenter": False,
    "window.menuBarVisibility": "hidden",
    "workbench.activityBar.location": "hidden",
    "workbench.colorTheme": "Default Dark Modern",
    "workbench.layoutControl.enabled": False,
    "workbench.startupEditor": "none",
    "workbench.tips.enabled": False,
}


def main() -> None:
    programs = {name: shutil.which(name) for name in ("chromium", "code-server", "npm")}
    missing = [name for name, path in programs.items() if path is None]
    if missing:
        raise SystemExit(f"not found: {', '.join(missing)}")
    with tempfile.TemporaryDirectory() as name, sync_playwright() as playwright:
        folder = Path(name)
        extension = package(folder)
        (folder / "specs").mkdir()
        (folder / "specs" / "two_heads.clspec").write_text(SPEC, "utf-8")
        for_root = ["--no-sandbox"] if os.geteuid() == 0 else []
        browser = playwright.chromium.launch(executable_path=programs["chromium"], args=for_root)
        with served(folder, extension) as address:
            page = browser.new_page(viewport=SIZE, device_scale_factor=1.5)
            page.goto(f"{address}/?folder={folder / 'specs'}")
            photograph(page)
        browser.close()


def package(folder: Path) -> Path:
    """The extension as a file that Visual Studio Code installs."""
    shutil.copytree(ROOT / "editors" / "vscode", folder / "editors" / "vscode")
    shutil.copytree(ROOT / "grammar", folder / "grammar")
    shutil.copy(ROOT / "LICENSE", folder)
    build = folder / "editors" / "vscode"
    subprocess.run(["npm", "install", "--no-audit", "--no-fund"], cwd=build, check=True, capture_output=True)
    subprocess.run(["npx", "vsce", "package", "--allow-missing-repository"], cwd=build, check=True, capture_output=True)
    (packaged,) = build.glob("*.vsix")
    return packaged


@contextlib.contextmanager
def served(folder: Path, extension: Path) -> Iterator[str]:
    """The address of a Visual Studio Code with the extension."""
    user = folder / "data" / "User"
    user.mkdir(parents=True)
    (user / "settings.json").write_text(json.dumps(SETTINGS), "utf-8")
    program = ["code-server", f"--user-data-dir={folder / 'data'}", f"--extensions-dir={folder / 'extensions'}"]
    places = {"PYTHONPATH": str(ROOT), "XDG_CONFIG_HOME": str(folder), "XDG_DATA_HOME": str(folder)}
    environment = {**os.environ, **places}
    install = [*program, "--install-extension", str(extension)]
    subprocess.run(install, env=environment, check=True, capture_output=True)
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    quiet = ["--auth=none", "--disable-telemetry", "--disable-update-check", "--disable-getting-started-override"]
    command = [*program, *quiet, f"--bind-addr=127.0.0.1:{port}"]
    server = subprocess.Popen(command, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    address = f"http://127.0.0.1:{port}"
    try:
        wait_for(address)
        yield address
    finally:
        server.terminate()
        server.wait()


def wait_for(address: str) -> None:
    """Returns once somebody answers there."""
    end = time.monotonic() + PATIENCE
    while True:
        try:
            urlopen(address).close()
        except OSError:
            if time.monotonic() > end:
                raise
            time.sleep(0.2)
        else:
            return


def photograph(page: Page) -> None:
    """A finding, a hover and completion, each as it stands on the screen."""
    page.get_by_text("two_heads.clspec").first.dblclick()
    page.keyboard.press("Control+B")  # the list of files goes
    word(page, "coarse", "incremental").dblclick()
    page.keyboard.type("incremantal")
    page.keyboard.press("Escape")
    page.locator(".squiggly-error").first.wait_for()
    word(page, "coarse", "incremantal").hover()
    page.locator(".monaco-hover:visible", has_text="did you mean").wait_for()
    save(page, "finding")

    page.keyboard.press("Control+Period")
    page.locator(".action-widget:visible", has_text="incremental").wait_for()
    page.keyboard.press("Enter")
    page.locator(".squiggly-error").first.wait_for(state="detached")
    go_to(page, 2)
    word(page, "coarse", "coarse").hover()
    page.locator(".monaco-hover:visible", has_text="own rule").wait_for()
    save(page, "hover")

    go_to(page, 11)
    page.keyboard.type("\nhead more = ")
    page.locator(".suggest-widget:visible .monaco-list-row").first.wait_for()
    save(page, "completion")


def word(page: Page, line: str, text: str) -> Locator:
    """A word in the line that gives a part its name."""
    return page.locator(".view-line", has_text=re.compile(rf"(neck|head)\s{line}\b")).locator(
        "span span", has_text=re.compile(rf"^\W*{text}\W*$")
    )


def go_to(page: Page, line: int) -> None:
    """Puts the cursor at the end of a line, and the pointer out of the way."""
    page.mouse.move(SIZE["width"] - 40, SIZE["height"] - 40)
    page.keyboard.press("Control+Home")
    for _ in range(line - 1):
        page.keyboard.press("ArrowDown")
    page.keyboard.press("End")


def save(page: Page, name: str) -> None:
    """Writes what is seen, in few colours: a quarter of the bytes and no difference to be seen."""
    page.wait_for_timeout(500)  # what fades in
    target = PICTURES / f"editor.{name}.png"
    picture = Image.open(io.BytesIO(page.screenshot())).convert("RGB")
    picture.quantize(128, dither=Image.Dither.NONE).save(target, optimize=True)
    print(target.relative_to(ROOT))


if __name__ == "__main__":
    main()
