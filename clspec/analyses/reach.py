"""Which parts a model runs: those that its outputs need."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Literal

from clspec.analyses.program import Block, Part, Wiring


def readers(names: Sequence[str], block: Block, wiring: Wiring) -> set[str]:
    """The names of a block's parts that `names` need, themselves included."""
    needed: set[str] = set()
    pending = list(names)
    while pending:
        name = pending.pop()
        part = block.part(name)
        if part is None or name in needed:
            continue
        needed.add(name)
        pending += [link.name for link in wiring.sources[part.path]]
    return needed


def running(block: Block, wiring: Wiring, mode: Literal["train", "eval"] | None = None) -> Iterator[Part]:
    """The parts that a forward of the block runs, outer before inner; with no mode, in either."""
    by_mode = wiring.by_mode.get(block.path)
    names = wiring.outputs[block.path] if mode is None or by_mode is None else by_mode[mode]
    needed = readers(names, block, wiring)
    for part in block.parts:
        if part.name in needed:
            yield part
            if part.block is not None:
                yield from running(part.block, wiring, mode)
