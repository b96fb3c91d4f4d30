"""Pages in a real Chromium, without a network."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, sync_playwright

FOR_ROOT = ["--no-sandbox"] if os.geteuid() == 0 else []
"""Chromium refuses to run as root in its sandbox, which pages of our own do not need."""
SPECS = Path(__file__).parents[2] / "specs"


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    """Debian's Chromium."""
    program = shutil.which("chromium")
    assert program, "install Chromium: apt-get install chromium"
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=program, args=FOR_ROOT)
        yield browser
        browser.close()


@dataclass
class Opened:
    """A page, and what it did that no page of ours does."""

    page: Page
    said: list[str] = field(default_factory=list[str])


Open = Callable[..., Page]


@pytest.fixture
def browse(chromium: Browser) -> Iterator[Open]:
    """Opens a file; at the end no page has said a word on the console or asked for anything but itself."""
    opened: list[Opened] = []

    def show(path: Path, *, dark: bool = False, size: tuple[int, int] = (1280, 800), **how: object) -> Page:
        context = chromium.new_context(  # pyright: ignore[reportArgumentType]
            viewport={"width": size[0], "height": size[1]},
            color_scheme="dark" if dark else "light",
            reduced_motion="reduce",
            offline=True,
            **how,  # pyright: ignore[reportArgumentType]
        )
        one = Opened(context.new_page())
        opened.append(one)
        one.page.on("console", lambda message: one.said.append(f"{message.type}: {message.text}"))
        one.page.on("pageerror", lambda error: one.said.append(f"error: {error}"))
        one.page.on("dialog", lambda dialog: one.said.append(f"dialog: {dialog.message}"))
        address = path.resolve().as_uri()
        one.page.on("request", lambda asked: asked.url != address and one.said.append(f"asks for {asked.url}"))
        one.page.goto(address)
        return one.page

    yield show
    for one in opened:
        one.page.context.close()
        assert one.said == []


@pytest.fixture(scope="session")
def pages(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder for pages that several tests open."""
    return tmp_path_factory.mktemp("pages")
