"""What can be written at a place: the words before it tell what is wanted, the last good text has the names."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace

from clspec.editor.completion.clspec_text import wanted_in_clspec
from clspec.editor.completion.offers import Offer, offers
from clspec.editor.completion.yaml_text import wanted_in_yaml
from clspec.editor.view import View
from clspec.source import Span

__all__ = ["Completion", "Offer", "completion"]

_BRACKETED = re.compile(r"\w*\(")
"""What is left of a word, and brackets: another component takes them over."""


@dataclass(frozen=True)
class Completion:
    """What is offered, and the beginning of a word that it replaces."""

    offers: list[Offer]
    span: Span


def completion(view: View, offset: int, before: View | None = None) -> Completion:
    """What can be written at a place. Where the text cannot be read, names are those of the same text `before`."""
    wanted_in = wanted_in_yaml if view.syntax == "yaml" else wanted_in_clspec
    wanted = wanted_in(view.source.text, offset)
    if wanted is None:
        return Completion([], Span(view.source, offset, offset))
    known = view if view.spec is not None else before
    offered = offers(view, known, wanted)
    if _BRACKETED.match(view.source.text, offset):
        offered = [replace(offer, called=False) for offer in offered]
    return Completion(offered, Span(view.source, offset - len(wanted.begun), offset))
