"""clspec: a declarative compiler for continual-learning models.

Everything public is here and loaded on first use: importing clspec imports no torch, lark, pydantic or graphviz.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

from clspec.version import VERSION as __version__

if TYPE_CHECKING:
    from clspec import nn, streams
    from clspec.checkpoint import CheckpointError, load_checkpoint, save_checkpoint
    from clspec.comparing import breaking, diff
    from clspec.diagnostics import Diagnostic, SpecError, SpecWarning
    from clspec.driver import check, compile, emit, parse, parse_string, plan, render, simulate
    from clspec.experience import Experience
    from clspec.nn.adapt import adapt
    from clspec.nn.optimizer_state import load_optimizer_state, optimizer_state

_HOME = {
    **dict.fromkeys(
        ("check", "compile", "emit", "parse", "parse_string", "plan", "render", "simulate"), "clspec.driver"
    ),
    **dict.fromkeys(("CheckpointError", "load_checkpoint", "save_checkpoint"), "clspec.checkpoint"),
    **dict.fromkeys(("breaking", "diff"), "clspec.comparing"),
    **dict.fromkeys(("load_optimizer_state", "optimizer_state"), "clspec.nn.optimizer_state"),
    "Diagnostic": "clspec.diagnostics",
    "SpecError": "clspec.diagnostics",
    "SpecWarning": "clspec.diagnostics",
    "Experience": "clspec.experience",
    "adapt": "clspec.nn.adapt",
}
_MODULES = ("nn", "streams")

__all__ = [
    "CheckpointError", "Diagnostic", "Experience", "SpecError", "SpecWarning", "__version__", "adapt", "breaking",
    "check", "compile", "diff", "emit", "load_checkpoint", "load_optimizer_state", "nn", "optimizer_state", "parse",
    "parse_string", "plan", "render", "save_checkpoint", "simulate", "streams",
]  # fmt: skip


def __getattr__(name: str) -> Any:
    if name in _MODULES:
        return import_module(f"clspec.{name}")
    if name in _HOME:
        found = getattr(import_module(_HOME[name]), name)
        globals()[name] = found
        return found
    raise AttributeError(f"module 'clspec' has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted(__all__)
