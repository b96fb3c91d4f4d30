"""`clspec backbones`: what there is to build, without torch."""

from __future__ import annotations

import os
import pty
import subprocess
import sys
from contextlib import suppress

import pytest

from clspec.cli import main


def run(capsys, *arguments: str) -> tuple[int, list[str], str]:
    with pytest.raises(SystemExit) as ended:
        main(["backbones", *arguments])
    said = capsys.readouterr()
    return ended.value.code, said.out.splitlines(), said.err


def test_all_are_listed_with_size_width_parameters_and_taps(capsys) -> None:
    code, lines, _ = run(capsys)
    assert (code, len(lines)) == (0, 769)
    (line,) = [line.split() for line in lines if line.startswith("resnet20_cifar10 ")]
    assert line[:4] == ["resnet20_cifar10", "3×32×32", "64", "271,824"]
    assert line[4:] == ["init_block,", "stage1,", "stage2,", "stage3,", "final_pool"]


@pytest.mark.parametrize(
    ("pattern", "names"),
    [
        ("resnet20_", ["resnet20_cifar10", "resnet20_cifar100", "resnet20_svhn"]),
        ("vgg1?", ["vgg11", "vgg13", "vgg16", "vgg19"]),
        ("bn_vgg*b", ["bn_vgg11b", "bn_vgg13b", "bn_vgg16b", "bn_vgg19b"]),
    ],
)
def test_a_pattern_chooses(capsys, pattern, names) -> None:
    _, lines, _ = run(capsys, pattern)
    assert [line.split()[0] for line in lines[1:] if line.split()[0].startswith(("resnet", "vgg", "bn"))] == names


def test_a_pattern_that_chooses_none_names_the_nearest(capsys) -> None:
    code, _, error = run(capsys, "resnet20_cifar1000")
    assert code == 2 and 'did you mean "resnet20_cifar100"?' in error


@pytest.mark.parametrize("pattern", ["cifar10", "vgg1?"])
def test_rows_fit_a_terminal_and_are_whole_elsewhere(pattern) -> None:
    command = [sys.executable, "-m", "clspec", "backbones", pattern]
    whole = subprocess.run(command, capture_output=True, text=True, check=True).stdout.splitlines()
    here, there = pty.openpty()
    with subprocess.Popen(command, stdout=there, env={**os.environ, "COLUMNS": "80"}) as running:
        os.close(there)
        with os.fdopen(here, encoding="utf-8") as terminal:
            shown: list[str] = []
            with suppress(OSError):  # so Linux says that the other side of a terminal is closed
                shown.extend(line.rstrip("\n") for line in terminal)
    assert running.returncode == 0 and len(shown) == len(whole)
    assert max(map(len, shown)) <= 80 < max(map(len, whole)) or pattern == "vgg1?"
    for line, full in zip(shown, whole, strict=True):
        assert full.startswith(line.removesuffix("...").rstrip(", ")) and (line == full or line.endswith("..."))


def test_listing_imports_no_torch() -> None:
    code = """
import sys
from clspec.cli import main
try:
    main(["backbones"])
finally:
    assert "torch" not in sys.modules
"""
    ended = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert ended.returncode == 0 and not ended.stderr
