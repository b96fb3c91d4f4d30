"""`clspec doctor` tells what is there and what is missing, whatever is broken."""

import re
import tomllib
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

import pytest

from clspec.cli import doctor, main

PROJECT = tomllib.loads((Path(__file__).parent.parent / "pyproject.toml").read_text("utf-8"))["project"]


def run(capsys):
    with pytest.raises(SystemExit) as ended:
        main(["doctor"])
    return ended.value.code, capsys.readouterr().out


def lines(out):
    return {line.split()[0]: line for line in out.splitlines() if line.startswith("  ")}


def test_it_knows_what_the_project_declares():
    needed = {re.split(r"[<>=\[]", each)[0].lower() for each in PROJECT["dependencies"]}
    assert {name.lower() for name in doctor.NEEDED} == needed
    assert set(doctor.EXTRAS) <= set(PROJECT["optional-dependencies"])


def test_it_tells_versions_engines_and_how_to_get_the_rest(capsys, monkeypatch):
    monkeypatch.setitem(doctor.EXTRAS, "avalanche", doctor.Extra("no-such-package", "none", "strategies"))
    code, out = run(capsys)
    told = lines(out)
    assert code == 0
    assert version("torch") in told["torch"]
    assert "draws" in told["pygraphviz"]
    assert told["avalanche"].split(maxsplit=2)[1:] == ["missing", 'strategies: pip install "clspec[avalanche]"']


def test_a_library_that_does_not_import_is_broken_with_its_reason(capsys, monkeypatch):
    monkeypatch.setitem(doctor.EXTRAS, "timm", doctor.Extra("torch", "torch.no_such_module", "backbones"))
    code, out = run(capsys)
    assert code == 0
    assert "broken" in lines(out)["timm"] and "No module named 'torch.no_such_module'" in lines(out)["timm"]


def test_no_engine_and_a_missing_package(capsys, monkeypatch):
    def found(name):
        if name == "lark":
            raise PackageNotFoundError
        return version(name)

    monkeypatch.setattr("clspec.cli.doctor.version", found)
    monkeypatch.setattr("clspec.diagrams.engines.available_engines", dict)
    code, out = run(capsys)
    assert code == 2
    assert "pip install lark" in lines(out)["lark"]
    assert 'pip install "clspec[diagram]"' in lines(out)["none"]
