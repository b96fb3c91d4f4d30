"""The argument `index` of heads: in which column of the logits a class stands."""

from __future__ import annotations

from clspec.components.construct import Expression
from clspec.components.mistakes import ArgumentError
from clspec.diagnostics import nearest

INDICES = ("class_id", "compact")
"""In which column of the logits a class stands."""


def judge_index(index: str, kind: str) -> None:
    """Raises ArgumentError for what is no index."""
    if index not in INDICES:
        message = f'argument "index" of {kind} must be "class_id" or "compact", not "{index}"'
        raise ArgumentError("index", message, "CL204", nearest(index, INDICES))


def given_index(index: str) -> dict[str, Expression]:
    """The torch module's keyword argument for the index, left out at its default."""
    return {} if index == "class_id" else {"index": index}
