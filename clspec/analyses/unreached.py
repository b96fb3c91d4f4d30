"""Warns of parts that are built and never run, because outputs were written and none needs them."""

from __future__ import annotations

from collections.abc import Iterator

from clspec.analyses.program import Block, Wiring
from clspec.analyses.reach import readers
from clspec.diagnostics import Diagnostic


def find_unreached(block: Block, wiring: Wiring) -> Iterator[Diagnostic]:
    """A warning for each part that no output needs, in any mode, and that no other such part reads.

    Without an `output` everything that nothing reads is one, so nothing is left over. Rules and taps run no part.
    """
    outputs = wiring.outputs[block.path]
    needed = readers(outputs, block, wiring)
    rest = [part for part in block.parts if part.role != "input" and part.name not in needed]
    read = {link.name for part in rest for link in wiring.sources[part.path]}
    for part in rest:
        if part.name not in read:
            message = f'"{part.name}" is built and never runs: no output of {block.title} needs it'
            help = f"give it too: `output {', '.join([*outputs, part.name])}`, or leave it out"
            yield Diagnostic("CL308", message, part.span, help, severity="warning")
    for part in block.parts:
        if part.block is not None and part.name in needed:
            yield from find_unreached(part.block, wiring)
