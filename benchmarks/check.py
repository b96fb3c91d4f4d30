"""How long reading and checking takes, against what it stands on: prints ratios, medians of nine interleaved runs.

A fresh process that checks ten lines stands beside one that only imports Pydantic and Lark. A file of many models
stands beside Lark's own bare LALR parse of it. Times differ from machine to machine and hour to hour; ratios hardly do.
"""

from __future__ import annotations

import gc
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from statistics import median
from typing import Literal

from lark import Lark

from benchmarks.specs import TEN_LINES, models
from clspec import driver
from clspec.source import SourceFile
from clspec.syntax.grammar import grammar_text

RUNS = 9
COUNTS = (250, 500, 1000, 2000)
ROOT = Path(__file__).parents[1]


def main() -> None:
    print("| fresh process | ms | ratio |\n| --- | ---: | ---: |")
    with tempfile.TemporaryDirectory() as folder:
        spec = Path(folder) / "ten_lines.clspec"
        spec.write_text(TEN_LINES, "utf-8")
        row = processes(str(spec))
    floor = row["python -c 'import pydantic, lark'"]
    for name, seconds in row.items():
        print(f"| `{name}` | {seconds * 1000:.0f} | {seconds / floor:.2f} |", flush=True)
    print("\n| models | lines | Lark, contextual | Lark, basic | check | ratio | check, ms a model |")
    print("| ---: | ---: | ---: | ---: | ---: | ---: | ---: |")
    for count in COUNTS:
        text = models(count)
        row = in_process(text)
        contextual, basic, check = row["contextual"], row["basic"], row["check"]
        cells = [f"{count:,}", f"{text.count(chr(10)):,}", *(f"{each * 1000:.0f} ms" for each in row.values())]
        cells += [f"{check / min(contextual, basic):.2f}", f"{check / count * 1000:.2f}"]
        print(f"| {' | '.join(cells)} |", flush=True)


def processes(spec: str) -> dict[str, float]:
    """Seconds of fresh processes."""
    script = str(Path(sys.executable).with_name("clspec"))
    return fresh(
        {
            "python -c 'import pydantic, lark'": ["-c", "import pydantic, lark"],
            "python -m clspec check SPEC": ["-m", "clspec", "check", spec],
            "clspec check SPEC": [script, "check", spec],
        }
    )


def fresh(arguments: Mapping[str, list[str]]) -> dict[str, float]:
    """The median seconds of fresh processes of Python, by what they are given."""
    # An installed package has its bytecode beside it, as Pydantic and Lark have; the first run, uncounted, writes ours.
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    environment.pop("PYTHONDONTWRITEBYTECODE", None)

    def run(given: list[str]) -> Callable[[], object]:
        return lambda: subprocess.run([sys.executable, *given], env=environment, stdout=subprocess.DEVNULL, check=True)

    return interleaved({name: run(given) for name, given in arguments.items()})


def in_process(text: str) -> dict[str, float]:
    """Seconds of Lark's bare parses of a text and of the whole check of it."""
    lexers: tuple[Literal["contextual", "basic"], ...] = ("contextual", "basic")
    parsers = {lexer: Lark(grammar_text(), parser="lalr", lexer=lexer, start="document") for lexer in lexers}

    def parse(parser: Lark) -> Callable[[], object]:
        return lambda: parser.parse(text)

    def check() -> None:
        found = driver.check(SourceFile("many.clspec", text))
        assert not found, found

    return interleaved({**{lexer: parse(parser) for lexer, parser in parsers.items()}, "check": check})


def interleaved(works: Mapping[str, Callable[[], object]]) -> dict[str, float]:
    """The median time of each, all taking turns after a first round that does not count."""
    times: dict[str, list[float]] = {name: [] for name in works}
    for turn in range(RUNS + 1):
        for name, work in works.items():
            gc.collect()
            start = time.perf_counter()
            work()
            if turn:
                times[name].append(time.perf_counter() - start)
    return {name: median(each) for name, each in times.items()}


if __name__ == "__main__":
    main()
