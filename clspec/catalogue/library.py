"""What the installed pytorchcv says of itself in its files: its version, its names, its published weights."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:  # a check of other backbones must not wait for what reads these files
    import ast


@cache
def installed_version() -> str | None:
    """The version of the installed pytorchcv; None where there is none."""
    from importlib.metadata import PackageNotFoundError, version

    try:
        return version("pytorchcv")
    except PackageNotFoundError:
        return None


@cache
def module_of_names() -> Mapping[str, str]:
    """Every name of the library and the module of `pytorchcv.models` that holds it; empty where it is laid out anew.

    Read from `model_provider.py` as a file: importing it would import torchvision and 150 modules.
    """
    import ast

    try:
        tree = ast.parse((_folder() / "model_provider.py").read_text("utf-8"))
    except OSError:
        return {}
    found: dict[str, str] = {}
    for statement in tree.body:
        if isinstance(statement, ast.ImportFrom) and (statement.module or "").startswith("models."):
            module = str(statement.module).removeprefix("models.")
            found |= {alias.asname or alias.name: module for alias in statement.names}
    names = [key.value for table in tree.body for key in _keys(table) if isinstance(key, ast.Constant)]
    return {name: found[name] for name in names if isinstance(name, str) and name in found}


@cache
def published_weights() -> Mapping[str, str]:
    """What follows the name in the file of a network's weights: `0597-9b0024ac`."""
    import csv

    try:
        with (_folder() / "models" / "common" / "model_metainfos.csv").open(encoding="utf-8", newline="") as file:
            rows = list(csv.reader(file))[1:]
    except OSError:
        return {}
    return {row[0]: f"{row[2]}-{row[3][:8]}" for row in rows if len(row) > 3 and row[2] != "NA"}


def _folder() -> Path:
    from importlib.util import find_spec

    package = find_spec("pytorchcv")
    places = package.submodule_search_locations if package else None
    return Path(next(iter(places or ("",))))


def _keys(statement: ast.stmt) -> list[ast.expr | None]:
    import ast

    table = statement.value if isinstance(statement, ast.Assign) else None
    return list(table.keys) if isinstance(table, ast.Dict) else []
