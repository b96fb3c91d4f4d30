"""The comments of a YAML text, which YAML parsers throw away: whatever stands between its tokens and is not blank."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any, cast

import yaml

from clspec.source import SourceFile, Span
from clspec.syntax.document import Comment

_COMMENT = re.compile("#[^\n]*")
# The first line of a block scalar, `doc: |  # why`: its comment is inside the token.
_HEADER = re.compile(r"[|>][0-9+-]*[ \t]+(#[^\n]*)")


def yaml_comments(source: SourceFile) -> tuple[Comment, ...]:
    """The comments of a text that is known to be YAML, in order."""
    if "#" not in source.text:
        return ()
    return tuple(_comment(source, start, end) for start, end in _places(source.text))


def uses_anchors(source: SourceFile) -> bool:
    """Whether a YAML text has any anchor or alias."""
    if "&" not in source.text and "*" not in source.text:
        return False
    return any(isinstance(token, (yaml.AnchorToken, yaml.AliasToken)) for token in _tokens(source.text))


def _places(text: str) -> Iterator[tuple[int, int]]:
    end = 0
    for token in _tokens(text):
        start, after = _ends(token)
        yield from _between(text, end, start)
        header = _HEADER.match(text, start, after) if isinstance(token, yaml.ScalarToken) else None
        if header and token.style in ("|", ">"):
            yield header.start(1), header.end(1)
        end = max(end, after)
    yield from _between(text, end, len(text))


def _between(text: str, start: int, end: int) -> Iterator[tuple[int, int]]:
    return (found.span() for found in _COMMENT.finditer(text, start, end))


def _tokens(text: str) -> Iterator[Any]:
    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    return cast(Iterator[Any], cast(Any, yaml).scan(text, Loader=loader))


def _ends(token: Any) -> tuple[int, int]:
    return token.start_mark.index, token.end_mark.index


def _comment(source: SourceFile, start: int, end: int) -> Comment:
    text = source.text[start:end].rstrip()
    line_start = source.text.rfind("\n", 0, start) + 1
    own_line = not source.text[line_start:start].strip()
    return Comment(text=text, own_line=own_line, span=Span(source, start, start + len(text)))
