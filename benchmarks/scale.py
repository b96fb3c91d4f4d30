"""What a large head really takes, beside what docs/scale.md works out: `python -m benchmarks.scale` prints its rows.

The peak is that of the process's resident memory (VmHWM of Linux) above what it was when everything was imported. Each
row is a process of its own, on one thread.
"""

from __future__ import annotations

import subprocess
import sys
import time
from pathlib import Path

import torch
from torch.nn import functional

from benchmarks.memory import resident
from clspec.nn import IncrementalClassifier
from clspec.streams import split

FEATURES, CLASSES, BATCH = 512, 1_000_000, 64
WORK = {
    "growing": f"growing to {CLASSES:,} classes, ten times a tenth",
    "apart": f"forward and backward, batch {BATCH}, in ten generations",
    "merged": f"forward and backward, batch {BATCH}, merged into one",
    "step": "the same and a step of SGD with momentum",
}


def main() -> None:
    print("| work | seconds | peak, GB |\n| --- | ---: | ---: |")
    for name, words in WORK.items():
        done = subprocess.run(
            [sys.executable, "-m", "benchmarks.scale", name], capture_output=True, text=True, check=True,
            cwd=Path(__file__).parents[1],
        )  # fmt: skip
        seconds, peak = map(float, done.stdout.split())
        print(f"| {words} | {seconds:.1f} | {peak / 1e9:.2f} |", flush=True)


def measure(name: str) -> tuple[float, int]:
    """Seconds of a piece of work, and the peak in bytes, the head itself counted."""
    torch.set_num_threads(1)
    before = resident("VmRSS")
    head = IncrementalClassifier(FEATURES, 1, bias=False)
    began = time.perf_counter()
    for experience in split(classes=CLASSES, experiences=10):
        head.adaptation(experience)
    if name != "growing":
        if name != "apart":
            head.merge_generations()
        optimizer = torch.optim.SGD(head.parameters(), lr=0.1, momentum=0.9)
        x, y = torch.randn(BATCH, FEATURES, requires_grad=True), torch.randint(CLASSES, (BATCH,))
        Path("/proc/self/clear_refs").write_text("5")  # the peak starts over from what is resident now
        began = time.perf_counter()
        functional.cross_entropy(head(x), y).backward()
        if name == "step":
            optimizer.step()
    return time.perf_counter() - began, resident("VmHWM") - before


if __name__ == "__main__":
    if sys.argv[1:]:
        print(*measure(sys.argv[1]))
    else:
        main()
