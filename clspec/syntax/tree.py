"""A document as a tree of its nodes, each with the place where it stands: what the front ends made of a text."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import fields
from typing import Any

from clspec.source import Span
from clspec.syntax.document import Document


def print_tree(document: Document) -> str:
    """One line a node: `line:column`, the field that holds it, its class, and its plain values.

    Statements stand in the text's order, then all comments. What is none or empty is left out.
    """
    rows = [row for node in (*document.statements, *document.comments) for row in _rows("", node, 0)]
    width = max((len(place) for place, _ in rows), default=0)
    title = f"Document of {document.syntax}"
    return "\n".join([title, *(f"{place:<{width}}  {words}" for place, words in rows)]) + "\n"


def _rows(label: str, node: Any, depth: int) -> Iterator[tuple[str, str]]:
    span: Span = node.span
    plain: list[str] = []
    inside: list[tuple[str, Any]] = []
    for each in fields(node):
        value = getattr(node, each.name)
        # The class says what `kind` says; places have their own column.
        if each.name in ("span", "kind") or value is None or value == ():
            continue
        if isinstance(value, tuple):
            inside += [(f"{each.name}[{position}]: ", item) for position, item in enumerate(value)]  # type: ignore[reportUnknownVariableType, reportUnknownArgumentType]
        elif hasattr(value, "span"):
            inside.append((f"{each.name}: ", value))
        else:
            plain.append(f"{each.name}={value!r}")
    yield f"{span.line}:{span.column}", "  " * depth + " ".join([f"{label}{type(node).__name__}", *plain])
    for name, value in inside:
        yield from _rows(name, value, depth + 1)
