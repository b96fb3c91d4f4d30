"""What models cost while they live, against Avalanche 0.6 and against a floor: ratios, medians of nine turns.

`python -m benchmarks.runtime` prints the table, `--write` writes it into `runtime.md`; words pick the rows that hold
them all. It needs Avalanche (the extra `[avalanche]`); one thread.
"""

from __future__ import annotations

import datetime
import platform
import sys
import warnings
from pathlib import Path

import torch

from benchmarks import columns, growing, heads, tasks
from benchmarks.row import Measured

PAGE = Path(__file__).with_name("runtime.md")
START, END = "<!-- table -->", "<!-- end of table -->"
HEADER = [
    "| work | times Avalanche's speed | wanted | times the floor | wanted | met |",
    "| --- | ---: | ---: | ---: | --- | --- |",
]


def main(words: list[str]) -> None:
    torch.set_num_threads(1)
    warnings.simplefilter("ignore")
    write = "--write" in words
    words = [word for word in words if word != "--write"]
    print("\n".join(HEADER), flush=True)
    lines: list[str] = []
    for row in (*growing.rows(), *heads.rows(), *tasks.rows(), *columns.rows()):
        if all(word in row.work for word in words):
            torch.manual_seed(0)
            measured: Measured = row.measure()
            print(measured, flush=True)
            lines.append(str(measured))
    if write:
        page = PAGE.read_text("utf-8")
        before, after = page.split(START)[0], page.split(END)[1]
        table = "\n".join([START, _machine(), "", *HEADER, *lines, END])
        PAGE.write_text(before + table + after, "utf-8")


def _machine() -> str:
    models = [
        line.split(":")[1].strip() for line in Path("/proc/cpuinfo").read_text().splitlines() if "model name" in line
    ]
    from importlib.metadata import version

    return (
        f"{datetime.date.today()}, Python {platform.python_version()}, torch {torch.__version__}, "
        f"Avalanche {version('avalanche-lib')}; a virtual machine with {len(models)} cores of an {models[0]}, "
        "one thread."
    )


if __name__ == "__main__":
    main(sys.argv[1:])
