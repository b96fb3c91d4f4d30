"""Counts parameters and buffers of every part, and how they will grow."""

from __future__ import annotations

from collections.abc import Mapping

from clspec.analyses.program import Block, Flow
from clspec.components.base import Growth


def measure(model: Block, flow: Flow) -> Mapping[str, Growth]:
    """The size and growth of every component of a checked model, by path, in data-flow order of the text."""
    return {
        part.path: part.component.growth(flow.inputs[part.path])
        for part in model.walk()
        if part.component is not None and part.role != "input"
    }
