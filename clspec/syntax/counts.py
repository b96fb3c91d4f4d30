"""Bounds how much stands in one place of a document: what is read item by item must be few enough to go through."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import fields
from functools import cache
from typing import Any

from clspec.diagnostics import Diagnostic
from clspec.source import Span
from clspec.syntax.document import Document

MOST_ITEMS = 10_000
"""Of one list, call, body, `from`, `output`, rule or reference, and of the statements of a file."""

_WORDS = {
    "actions": "a rule has {} actions",
    "arguments": "a call has {} arguments",
    "body": "a body has {} statements",
    "items": "a list has {} items",
    "names": "an output has {} names",
    "parameters": "a model has {} parameters",
    "parts": "a name has {} steps",
    "slices": "a target has {} slices",
    "sources": "a part has {} sources",
    "statements": "the file has {} statements",
    "targets": "an action has {} targets",
}


def check_counts(document: Document) -> list[Diagnostic]:
    """A finding for every place of a document that holds more than there may be."""
    return [
        Diagnostic("CL015", f"{_WORDS[name].format(f'{len(items):,}')}; at most {MOST_ITEMS:,} are read", _head(items))
        for name, items in _sequences(document)
        if len(items) > MOST_ITEMS
    ]


def _sequences(document: Document) -> Iterator[tuple[str, tuple[Any, ...]]]:
    """Everything that stands in a sequence, with the name of the field that holds it."""
    yield "statements", document.statements
    waiting: list[Any] = list(document.statements)
    while waiting:
        node = waiting.pop()
        for name in _names(type(node)):
            value = getattr(node, name)
            if isinstance(value, tuple):
                yield name, value  # type: ignore[reportUnknownVariableType]
                waiting += value
            elif hasattr(value, "span"):
                waiting.append(value)


@cache
def _names(kind: type[Any]) -> tuple[str, ...]:
    """The fields of a kind of node, but for its span; there are hundreds of nodes a kind."""
    return tuple(each.name for each in fields(kind) if each.name != "span")


def _head(items: tuple[Any, ...]) -> Span:
    """The first item that is too many."""
    first: Span = items[MOST_ITEMS].span
    return first
