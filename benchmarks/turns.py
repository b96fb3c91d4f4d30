"""Contestants that take turns in one process, so that whatever else the machine does is shared among them."""

from __future__ import annotations

import gc
import time
from collections.abc import Callable, Mapping
from statistics import median

TURNS = 9
SHORTEST = 0.02
"""Seconds that a turn takes at least: quick work is done many times in it."""

Contestant = Callable[[], float]
"""Does its work in one turn and returns the seconds that one piece of it took."""


def ratios(contestants: Mapping[str, Contestant], to: str) -> dict[str, float]:
    """How many times the seconds of `to` each takes: the median over the turns, in each of which all work once.

    A first turn does not count. The ratio is taken within a turn, whose contestants met the same machine. The garbage
    collector does not look again at what was imported.
    """
    turns: list[dict[str, float]] = []
    gc.collect()
    gc.freeze()
    for _ in range(TURNS + 1):
        times: dict[str, float] = {}
        for name, contestant in contestants.items():
            gc.collect()
            times[name] = contestant()
        turns.append(times)
    return {name: median(times[name] / times[to] for times in turns[1:]) for name in contestants}


def steady(work: Callable[[], object], count: int | None = None) -> Contestant:
    """Work that can be done over and over; `count` times a turn, or as often as fills a turn."""
    counts: list[int] = [] if count is None else [count]

    def contestant() -> float:
        if not counts:
            counts.append(1)
            work()  # what is only done once counts for nothing
            while _seconds(work, counts[0]) * counts[0] < SHORTEST:
                counts[0] *= 2
        return _seconds(work, counts[0])

    return contestant


def _seconds(work: Callable[[], object], count: int) -> float:
    start = time.process_time()
    for _ in range(count):
        work()
    return (time.process_time() - start) / count
