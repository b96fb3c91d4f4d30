"""A spec as it stands in the text: statements in order, comments and all. Both front ends make it; printers read it."""

from __future__ import annotations

from dataclasses import field
from typing import Literal

from clspec.ir.frozen import frozen
from clspec.ir.rules import Reference, WrittenRule
from clspec.ir.spec import Broken, Budget, Node, Output, Parameter, Stream, Use
from clspec.ir.values import Identifier, Text
from clspec.source import SourceFile, Span


@frozen
class Comment:
    """A comment's text, its marker included; `own_line` where nothing stands before it on its line."""

    text: str
    own_line: bool
    span: Span = field(compare=False, repr=False)


@frozen
class Edition:
    """`clspec 1`."""

    number: int
    span: Span = field(compare=False, repr=False)


@frozen
class GroupStatement:
    """`group NAME [from SOURCE, ...] { ... }`, its body in the text's order."""

    name: Identifier
    sources: tuple[Reference, ...]
    body: tuple[Statement, ...]
    span: Span = field(compare=False, repr=False)


@frozen
class ModelStatement:
    """`model NAME(...) { ... }`, its body in the text's order."""

    name: Identifier
    doc: Text | None
    parameters: tuple[Parameter, ...]
    body: tuple[Statement, ...]
    span: Span = field(compare=False, repr=False)


Statement = Node | GroupStatement | WrittenRule | Output | Budget
TopStatement = Edition | Use | Stream | ModelStatement


@frozen
class Document:
    """A whole file. `syntax` is the one it was written in; `broken` are the statements that could not be read."""

    source: SourceFile = field(compare=False, repr=False)
    syntax: Literal["clspec", "yaml"] = field(compare=False)
    statements: tuple[TopStatement, ...]
    comments: tuple[Comment, ...] = field(default=(), compare=False)
    broken: tuple[Broken, ...] = field(default=(), compare=False, repr=False)
