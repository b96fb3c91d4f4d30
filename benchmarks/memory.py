"""How much memory a process needs at most to grow a head: `python -m benchmarks.memory ours|avalanche` prints bytes.

The peak is that of the process's resident memory (VmHWM of Linux), counted from when everything is imported and a small
head was grown once; each run is a process of its own.
"""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import torch

FEATURES, AT_A_TIME, CLASSES = 512, 10, 10_240


def peaks() -> dict[str, Callable[[], float]]:
    """Contestants as the table's rows have them, with bytes where others have seconds."""
    return {
        "ours": lambda: _fresh("ours"),
        "avalanche": lambda: _fresh("avalanche"),
        "floor": lambda: float((CLASSES + 1) * (FEATURES + 1) * 4),
    }


def _fresh(side: str) -> float:
    done = subprocess.run(
        [sys.executable, "-m", "benchmarks.memory", side], capture_output=True, text=True, check=True,
        cwd=Path(__file__).parents[1],
    )  # fmt: skip
    return float(done.stdout)


def peak(side: str) -> int:
    """Bytes above those in use before, at most, while a head grows to so many classes and one more."""
    _grow(side, 20)
    Path("/proc/self/clear_refs").write_text("5")  # the peak starts over from what is resident now
    before = resident("VmHWM")
    _grow(side, CLASSES + 1)
    return resident("VmHWM") - before


def _grow(side: str, classes: int) -> object:
    from benchmarks import theirs
    from clspec.nn import IncrementalClassifier

    ours, avalanche = IncrementalClassifier(FEATURES, AT_A_TIME), theirs.IncrementalClassifier(FEATURES, AT_A_TIME)
    for index, first in enumerate(range(0, classes, AT_A_TIME)):
        arriving = theirs.Arriving(range(first, min(first + AT_A_TIME, classes)), index=index)
        _ = ours.adaptation(arriving) if side == "ours" else avalanche.adaptation(arriving)
    return ours, avalanche


def resident(name: str) -> int:
    lines = Path("/proc/self/status").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith(f"{name}:")) * 1024


if __name__ == "__main__":
    torch.set_num_threads(1)
    print(peak(sys.argv[1]))
