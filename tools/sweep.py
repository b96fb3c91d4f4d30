"""Tries every network that clspec knows: compiles, runs, adapts it and takes its gradients.

Run by `make sweep`. Each network has a process of its own with bounds on memory and time. Outcomes are appended to
`build/sweep.jsonl` as they come, so a run that was broken off goes on where it was. `--write` writes them all to
`docs/backbones-sweep.md` and the table beside it.
"""

from __future__ import annotations

import argparse
import datetime
import fnmatch
import json
import multiprocessing
import platform
import random
import resource
import signal
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor, as_completed
from contextlib import suppress
from importlib.metadata import PackageNotFoundError, version
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

import sweep_page
from progress import progress
from sweep_trial import COLUMNS, OUT_OF_MEMORY, Trial, attempt, trials

ROOT = Path(__file__).parent.parent
OUTCOMES = ROOT / "build" / "sweep.jsonl"
CONTEXT = multiprocessing.get_context("forkserver")
PRELOADED = ["torch", "clspec.driver", "clspec.forecast", "clspec.nn", "clspec.probe", "pytorchcv.models.common"]
"""Imported once, by the process from which the others are forked."""


class OutOfBoundsError(Exception):
    """Some work in a process of its own was ended, or ended without an answer."""


def apart(work: Callable[[Any], Any], argument: Any, seconds: float, gigabytes: float) -> Any:
    """What `work` gives in a process of its own. Raises OutOfBoundsError."""
    receiving, sending = CONTEXT.Pipe(duplex=False)
    process = CONTEXT.Process(target=_bounded, args=(sending, work, argument, gigabytes), daemon=True)
    process.start()
    sending.close()
    try:
        if not receiving.poll(seconds):
            process.kill()
            raise OutOfBoundsError(f"no answer in {seconds:.0f} s")
        return receiving.recv()
    except EOFError:
        process.join()
        raise OutOfBoundsError(f"its process ended with {process.exitcode}") from None
    finally:
        process.join()
        receiving.close()


def _bounded(sending: Connection, work: Callable[[Any], Any], argument: Any, gigabytes: float) -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # an interrupt is the parent's to act on
    bytes_ = int(gigabytes * 2**30)
    resource.setrlimit(resource.RLIMIT_AS, (bytes_, bytes_))
    with suppress(BrokenPipeError):  # the parent is gone
        sending.send(work(argument))


def tried(trial: Trial, seconds: float, gigabytes: float) -> dict[str, Any]:
    """The outcome of a trial, whatever becomes of its process."""
    try:
        return apart(attempt, trial, seconds, gigabytes)
    except OutOfBoundsError as error:
        return {**trial._asdict(), "outcome": "limit", "reason": str(error)}


def all_trials(library: str) -> list[Trial]:
    """All that there is to try of a library. Raises SystemExit where it cannot be imported."""
    try:
        return apart(trials, library, 300, 9)
    except OutOfBoundsError as error:
        raise SystemExit(f"{library} cannot be imported: {error}") from None


def versions(library: str) -> dict[str, str]:
    """Of what an outcome depends on."""
    packages = {"clspec", "torch", "torchvision", library} - ({"torchvision"} if library == "pytorchcv" else set())
    return {"python": platform.python_version(), **{name: _version(name) for name in sorted(packages)}}


def _version(name: str) -> str:
    if name == "clspec":
        from clspec import __version__

        return __version__
    try:
        return version(name)
    except PackageNotFoundError:
        return "none"


def kept(file: Path) -> dict[Trial, dict[str, Any]]:
    """The outcomes of earlier runs with the versions of today, the newest of each trial."""
    lines = file.read_text("utf-8").splitlines() if file.exists() else []
    rows = (json.loads(line) for line in lines)
    fitting = (row for row in rows if row["versions"] == versions(row["library"]))
    return {Trial(row["library"], row["name"], row["column"]): row for row in fitting}


def run(wanted: list[Trial], file: Path, options: argparse.Namespace) -> Iterator[dict[str, Any]]:
    """Tries them, several at a time, then alone those that had too little memory; appends each outcome to the file."""
    too_large = list[Trial]()
    for row in _run(wanted, options.processes, options.seconds, options.gigabytes):
        if row["reason"] == OUT_OF_MEMORY:
            too_large.append(Trial(row["library"], row["name"], row["column"]))
        else:
            _keep(row, file)
            yield row
    for row in _run(too_large, 1, options.seconds, options.gigabytes * options.processes):
        _keep(row, file)
        yield row


def _run(wanted: list[Trial], processes: int, seconds: float, gigabytes: float) -> Iterator[dict[str, Any]]:
    with ThreadPoolExecutor(processes) as pool:
        working = [pool.submit(tried, trial, seconds, gigabytes) for trial in wanted]
        try:
            for done, future in enumerate(as_completed(working), 1):
                row = future.result()
                progress(done, len(wanted), row["name"])
                yield row
        except BaseException:
            pool.shutdown(wait=False, cancel_futures=True)
            for process in multiprocessing.active_children():
                process.kill()
            raise


def _keep(row: dict[str, Any], file: Path) -> None:
    whole = {**row, "date": f"{datetime.date.today():%Y-%m-%d}", "versions": versions(row["library"])}
    with file.open("a", encoding="utf-8") as lines:
        lines.write(json.dumps(whole, ensure_ascii=False) + "\n")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--library", choices=list(COLUMNS), action="append", help="these only; may be repeated")
    parser.add_argument("--only", default="*", metavar="PATTERN", help="names of networks, with * and ?")
    parser.add_argument("--sample", type=int, metavar="N", help="a random sample, with an estimate of the whole")
    parser.add_argument("--afresh", action="store_true", help="try again what was tried before")
    parser.add_argument("--processes", type=int, default=2)
    parser.add_argument("--seconds", type=float, default=900, help="the most that a network may take")
    parser.add_argument("--gigabytes", type=float, default=9, help="the most memory that a network may take")
    parser.add_argument("--write", action="store_true", help="write all outcomes to docs/")
    options = parser.parse_args()
    CONTEXT.set_forkserver_preload(PRELOADED)
    wanted = [trial for library in options.library or COLUMNS for trial in all_trials(library)]
    wanted = [trial for trial in wanted if fnmatch.fnmatch(trial.name, options.only)]
    OUTCOMES.parent.mkdir(exist_ok=True)
    before = {} if options.afresh else kept(OUTCOMES)
    left = [trial for trial in wanted if before.get(trial, {"outcome": "limit"})["outcome"] == "limit"]
    random.Random(0).shuffle(left)  # a mixture tells early how long the rest will take
    left = left[: options.sample]
    start = time.monotonic()
    for row in run(left, OUTCOMES, options):
        if row["outcome"] != "works":
            print(f"{row['name']}, {row['column']}: {row['outcome']}, {row['reason']}", flush=True)
    if options.sample:
        minutes = (time.monotonic() - start) / 60 * len(wanted) / max(len(left), 1)
        print(f"all {len(wanted)} trials would take about {minutes:.0f} minutes")
    if options.write:
        sweep_page.write(list(kept(OUTCOMES).values()))


if __name__ == "__main__":
    main()
