# pyright: standard
"""Telling whoever compiles a head that grows, before torch gives up compiling it anew."""

from __future__ import annotations

import sys
import warnings
from typing import Any

import torch
from torch import nn


@torch.compiler.assume_constant_result  # so that it is called when a graph is made, and is no part of it
def note_graph(head: nn.Module) -> int:
    """Counts the graphs that torch.compile makes of a head's forward; called in it."""
    vars(head)["_graphs"] = graphs = vars(head).get("_graphs", 0) + 1
    return graphs


def warn_of_limit(head: nn.Module, name: str) -> None:
    """Warns where a head that grows was compiled as often as torch compiles anything."""
    compiler: Any = sys.modules.get("torch._dynamo")
    if "_graphs" not in vars(head) or compiler is None:
        return
    limit = getattr(compiler.config, "recompile_limit", 8)
    if vars(head)["_graphs"] >= limit:
        warnings.warn(
            f"{name} grows, and torch.compile has made {limit} graphs of it, which is its limit "
            "(torch._dynamo.config.recompile_limit): it will run uncompiled, or raise where fullgraph=True. "
            "incremental(reserve=N) has one graph for all growth up to N columns",
            stacklevel=2,
        )
