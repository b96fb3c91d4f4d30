"""Texts that lie outside of the package in the repository, where people read them, and inside it once installed."""

from __future__ import annotations

import importlib.resources
from pathlib import Path


def shipped_text(packaged: str, in_repository: str) -> str:
    """The text of a file: of the installed package, else of the repository around it."""
    installed = importlib.resources.files("clspec").joinpath(packaged)
    if installed.is_file():
        return installed.read_text(encoding="utf-8")
    return (Path(__file__).parents[1] / in_repository).read_text(encoding="utf-8")
