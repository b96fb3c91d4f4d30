"""Makes specs for as long as asked, right ones and broken ones, and holds what must hold for each.

Run by `make fuzz`. Works in chunks of one seed each on every core; the first fault ends the run and is printed with its
spec. Writes its outcome, with date and versions, to `docs/fuzzing.md`.
"""

from __future__ import annotations

import argparse
import datetime
import multiprocessing
import os
import platform
import sys
import time
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parent.parent
OUTCOME = ROOT / "docs" / "fuzzing.md"
CHUNK = 200
"""Specs of one seed; of each kind."""
sys.path.insert(0, str(ROOT))


def chunk(number: int) -> dict[str, int]:
    """Checks one chunk of right and of broken specs; how many there were of each kind."""
    import torch
    from hypothesis import HealthCheck, given, seed, settings

    import clspec
    from tests.broken_specs import broken_specs
    from tests.test_any_spec import check_broken, check_right, run_model
    from tests.valid_specs import valid_specs

    torch.set_num_threads(1)
    quiet = settings(max_examples=CHUNK, deadline=None, database=None, suppress_health_check=list(HealthCheck))
    counts = {"right": 0, "broken": 0, "run": 0}

    @seed(number)
    @quiet
    @given(valid_specs())
    def right(text: str) -> None:
        counts["right"] += 1
        check_right(text)
        if counts["right"] % 10 == 0:
            counts["run"] += 1
            run_model(clspec.parse_string(text))

    @seed(number)
    @quiet
    @given(broken_specs())
    def broken(spec: tuple[str, str]) -> None:
        counts["broken"] += 1
        check_broken(*spec)

    right()
    broken()
    return counts


def guarded(number: int) -> dict[str, int] | str:
    """A chunk, or the words of what went wrong in it."""
    import traceback

    try:
        return chunk(number)
    except BaseException:
        return traceback.format_exc()


def sum_of(totals: dict[str, int]) -> int:
    """How many specs there were; those that were run too are among the right ones."""
    return totals["right"] + totals["broken"]


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--minutes", type=float, default=60, help="go on for as long, and")
    parser.add_argument("--least", type=int, default=200_000, help="until there were so many specs")
    parser.add_argument("--first", type=int, default=0, help="the seed to begin with")
    parser.add_argument("--processes", type=int, default=os.cpu_count())
    parser.add_argument("--write", action="store_true", help=f"write the outcome to {OUTCOME.relative_to(ROOT)}")
    options = parser.parse_args()
    started, totals = time.monotonic(), {"right": 0, "broken": 0, "run": 0}
    number, working = options.first, list[Any]()
    # Modules that were generated stay in a process, so each gives way to a fresh one after a while.
    with multiprocessing.get_context("spawn").Pool(options.processes, maxtasksperchild=10) as pool:
        while True:
            goes_on = time.monotonic() - started < options.minutes * 60 or sum_of(totals) < options.least
            if not (working or goes_on):
                break
            while goes_on and len(working) < 2 * options.processes:
                working.append(pool.apply_async(guarded, (number,)))
                number += 1
            outcome = working.pop(0).get()
            if isinstance(outcome, str):
                print(f"\nA fault, after {totals}:\n{outcome}")
                return 1
            totals = {kind: totals[kind] + count for kind, count in outcome.items()}
            if sys.stderr.isatty():
                print(f"\r{totals} in {time.monotonic() - started:.0f} s", end="", file=sys.stderr)
    minutes = (time.monotonic() - started) / 60
    text = report(totals, minutes, options.first, number)
    print(text)
    if options.write:
        OUTCOME.write_text(text, "utf-8")
    return 0


def report(totals: dict[str, int], minutes: float, first: int, last: int) -> str:
    from importlib.metadata import version

    import clspec

    packages = ", ".join(f"{name} {version(name)}" for name in ("lark", "pydantic", "pyyaml", "torch", "hypothesis"))
    whole = sum_of(totals)
    return f"""# The long run

`make fuzz` makes specs for an hour, 200,000 at least, and holds for each what `tests/test_any_spec.py` says. Its last
outcome:

- {datetime.date.today():%Y-%m-%d}: {whole:,} specs in {minutes:.0f} minutes, seeds {first} to {last - 1}, no fault.
- {totals["right"]:,} right ones: each checks; printed, formatted, converted to YAML and back it means the same;
  formatting twice changes nothing; what is generated from it is Python.
- {totals["run"]:,} of these were built, adapted over their stream and run, with parameters, trainable share and changes
  as forecast.
- {totals["broken"]:,} broken ones, half of them YAML: findings with places inside the text, in all four output formats,
  and never another exception.
- clspec {clspec.__version__}, Python {platform.python_version()}, {packages}.
"""


if __name__ == "__main__":
    raise SystemExit(main())
