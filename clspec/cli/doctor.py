"""`clspec doctor`."""

from __future__ import annotations

import platform
import subprocess
import sys
from collections.abc import Iterator
from importlib.metadata import PackageNotFoundError, version
from typing import NamedTuple

import click

from clspec.version import VERSION

NEEDED = ("torch", "pydantic", "lark", "PyYAML", "click", "graphviz", "pytorchcv", "safetensors")
BESIDE_TORCH = "install the torchvision that was built for your torch: pip install --force-reinstall torch torchvision"


class Extra(NamedTuple):
    """A library that clspec can do without: the distribution, the module to import, and what it is for."""

    distribution: str
    module: str
    purpose: str


EXTRAS = {
    "avalanche": Extra("avalanche-lib", "avalanche.models", "strategies train compiled models"),
    "lightning": Extra("lightning", "lightning.pytorch", "a callback adapts before each fit"),
    "onnx": Extra("onnxruntime", "onnxscript, onnxruntime", "`clspec export -o model.onnx`"),
    "torchvision": Extra("torchvision", "torchvision.models", "backbones `torchvision(...)`"),
    "timm": Extra("timm", "timm", "backbones `timm(...)`"),
}
_WITHOUT_WARNINGS = (sys.executable, "-P", "-W", "ignore", "-c")


@click.command("doctor")
def command() -> int:
    """Tell what clspec finds on this machine, what is missing, and how to get it.

    \b
    Examples:
      clspec doctor
    """
    click.echo(f"clspec {VERSION}, Python {platform.python_version()}")
    versions = {name: _version(name) for name in NEEDED}
    click.echo("\nWhat it needs")
    _table([(name, found or "missing", "" if found else f"pip install {name}") for name, found in versions.items()])
    if versions["pytorchcv"] not in (None, _catalogued()):
        click.echo(f"  the catalogue is of pytorchcv {_catalogued()}: other networks are looked up with torch, slower")
    click.echo("\nWhat draws pictures")
    _table(list(_engines()))
    click.echo("\nWhat it can do without")
    _table(list(_extras()))
    return 0 if all(versions.values()) else 2


def _table(rows: list[tuple[str, str, str]]) -> None:
    widths = [max(len(row[column]) for row in rows) for column in range(2)]
    for name, state, words in rows:
        click.echo(f"  {name:<{widths[0]}}  {state:<{widths[1]}}  {words}".rstrip())


def _version(distribution: str) -> str | None:
    try:
        return version(distribution)
    except PackageNotFoundError:
        return None


def _catalogued() -> str:
    from clspec.catalogue import pytorchcv_catalogue

    return pytorchcv_catalogue().version


def _engines() -> Iterator[tuple[str, str, str]]:
    """Every engine that is there, by drawing with it."""
    from clspec.diagrams.engines import HOW_TO_GET_ONE, available_engines

    engines = available_engines()
    if not engines:
        yield "none", "", HOW_TO_GET_ONE
    for name, engine in engines.items():
        try:
            engine(["digraph { a }"], "svg")
        except Exception as error:  # whatever is wrong with it, the doctor goes on
            yield name, "broken", str(error).splitlines()[0]
        else:
            yield name, "draws", ""


def _extras() -> Iterator[tuple[str, str, str]]:
    """Every extra; what is installed is imported, each in a process of its own, as a broken one may do anything."""
    found = {name: _version(extra.distribution) for name, extra in EXTRAS.items()}
    started = {
        name: subprocess.Popen(
            [*_WITHOUT_WARNINGS, f"import {EXTRAS[name].module}"], stdout=subprocess.DEVNULL, stderr=subprocess.PIPE
        )
        for name, installed in found.items()
        if installed
    }
    for name, extra in EXTRAS.items():
        if name not in started:
            yield name, "missing", f'{extra.purpose}: pip install "clspec[{name}]"'
            continue
        _, said = started[name].communicate()
        if started[name].returncode == 0:
            yield name, str(found[name]), extra.purpose
            continue
        last = (said.decode("utf-8", "replace").strip().splitlines() or ["it ended without a word"])[-1]
        help = BESIDE_TORCH if "torchvision" in last else f'pip install --force-reinstall "clspec[{name}]"'
        yield name, f"{found[name]}, broken", f"{last}; {help}"
