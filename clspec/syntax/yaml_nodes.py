"""YAML text as plain nodes with spans: bounded in depth and in what aliases expand to, core tags only."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from typing import Any, cast

import yaml

from clspec.diagnostics import Diagnostic, Related
from clspec.source import SourceFile, Span
from clspec.syntax.words import DEEPEST_NESTING, LONGEST_TEXT, Locate

MOST_ALIASED = 10_000
"""How many nodes the aliases of a file may stand for altogether."""

_CORE = "tag:yaml.org,2002:"
UNREADABLE = re.compile("[^\t\n\r\x20-\x7e\x85\xa0-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
"""Characters that cannot stand in YAML, not even in a comment."""


@dataclass(frozen=True)
class Scalar:
    """A single word or text. `plain`: neither quoted nor a block. `tag`: an explicit core tag such as `str`.

    Of every node, `anchor` is the name that it is given; where it stands by an alias, `alias` is the place of that.
    """

    text: str
    span: Span
    plain: bool
    tag: str | None = None
    anchor: str | None = None
    alias: Span | None = None
    size: int = 1
    height: int = 1

    @property
    def locate(self) -> Locate:
        """Spans inside the text, where the file holds it as it is; else every span is that of the whole scalar."""
        written, source, start = self.span.text, self.span.source, self.span.start
        if written == self.text:
            return lambda a, b: Span(source, start + a, start + b)
        if written[1:-1] == self.text:
            return lambda a, b: Span(source, start + 1 + a, start + 1 + b)
        return lambda a, b: self.span


@dataclass(frozen=True)
class Items:
    """A sequence. `flow`: in brackets."""

    nodes: list[YamlNode]
    span: Span
    size: int
    height: int
    flow: bool
    anchor: str | None = None
    alias: Span | None = None


@dataclass(frozen=True)
class Fields:
    """A mapping; its keys are scalars and each stands once. `flow`: in brackets."""

    pairs: list[tuple[Scalar, YamlNode]]
    span: Span
    size: int
    height: int
    flow: bool
    anchor: str | None = None
    alias: Span | None = None

    def get(self, key: str) -> YamlNode | None:
        return next((value for name, value in self.pairs if name.text == key), None)

    def need(self, key: str) -> YamlNode:
        """The value of a key that is known to be there."""
        node = self.get(key)
        if node is None:
            raise KeyError(key)
        return node


YamlNode = Scalar | Items | Fields


def place_of(node: YamlNode) -> Span:
    """Where a node stands: that of its alias, if it stands by one."""
    return node.alias or node.span


_YAML_HELP = {
    "\t": "YAML is indented with spaces, not with tabs",
    ":": "quote a text that holds `: `",
    **{character: f"quote a text that begins with `{character}`" for character in "@%"},
}
"""What to do about a character at which YAML ends."""


_BARE_EXPRESSION = re.compile(r"""(?<!["'$])\$\{""")


class RefusedError(Exception):
    """What stops the reading of a file or of a part of it; without a diagnostic where that has been told already."""

    def __init__(self, diagnostic: Diagnostic | None) -> None:
        super().__init__(diagnostic.message if diagnostic else "told already")
        self.diagnostic = diagnostic


def compose(source: SourceFile) -> tuple[YamlNode | None, list[Diagnostic], list[Span]]:
    """The one document of a YAML text, what is wrong with it, and the entries that are left out for it.

    No node where the text is empty or is no YAML.
    """
    composer = _Composer(source)
    try:
        composer.check_text()
        # The C parser where the wheel has it. Events, not nodes: it composes nested nodes by unbounded recursion.
        loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
        composer.take(cast(Iterable[yaml.Event], cast(Any, yaml).parse(source.text, Loader=loader)))
    except RefusedError as refused:
        return None, [*composer.diagnostics, *filter(None, [refused.diagnostic])], []
    except yaml.YAMLError as error:
        return None, [*composer.diagnostics, composer.not_yaml(error)], []
    return composer.root, composer.diagnostics, composer.lost


@dataclass
class _Open:
    """A sequence or mapping whose end has not been met."""

    start: int
    flow: bool
    anchor: str | None
    is_mapping: bool
    children: list[YamlNode] = field(default_factory=list[YamlNode])


class _Composer:
    def __init__(self, source: SourceFile) -> None:
        self.source = source
        self.root: YamlNode | None = None
        self.diagnostics: list[Diagnostic] = []
        self.lost: list[Span] = []
        self.open: list[_Open] = []
        self.anchors: dict[str, YamlNode] = {}
        self.aliased = 0
        self.documents = 0

    def check_text(self) -> None:
        text = self.source.text
        if len(text) > LONGEST_TEXT:
            message = f"the spec has {len(text):,} characters; at most {LONGEST_TEXT:,} are read"
            raise RefusedError(Diagnostic("CL011", message, Span(self.source, 0, 0)))
        found = UNREADABLE.search(text)
        if found:
            message = f"character U+{ord(found.group()):04X} cannot stand in YAML"
            raise RefusedError(Diagnostic("CL008", message, Span(self.source, found.start(), found.end())))

    def take(self, events: Iterable[yaml.Event]) -> None:
        for event in events:
            span = self.span(event)
            if isinstance(event, yaml.DocumentStartEvent):
                self.documents += 1
                if self.documents > 1:
                    raise RefusedError(Diagnostic("CL008", "a second YAML document; a spec is one", span))
            elif isinstance(event, yaml.AliasEvent):
                self.add(replace(self.alias(str(event.anchor), span), alias=span))
            elif isinstance(event, yaml.ScalarEvent):
                tag = self.tag(event.tag, span, ("str", "int", "float", "bool", "null"))
                plain = event.style in (None, "") and event.tag != "!"
                self.add(Scalar(str(event.value), self.trimmed(span), plain, tag, event.anchor))
            elif isinstance(event, (yaml.SequenceStartEvent, yaml.MappingStartEvent)):
                mapping = isinstance(event, yaml.MappingStartEvent)
                self.tag(event.tag, span, ("map",) if mapping else ("seq",))
                self.open.append(_Open(span.start, bool(event.flow_style), event.anchor, mapping))
                self.bound_depth(0, span)
            elif isinstance(event, (yaml.SequenceEndEvent, yaml.MappingEndEvent)):
                self.close(span.end)

    def add(self, node: YamlNode) -> None:
        if node.anchor and node.alias is None:
            self.anchors[node.anchor] = node
        if self.open:
            self.open[-1].children.append(node)
        else:
            self.root = node

    def close(self, end: int) -> None:
        done = self.open.pop()
        children = done.children
        if not done.flow:  # the parser's end mark of a block lies behind the blank lines and comments after it
            end = max([done.start, *(place_of(child).end for child in children)])
        span = Span(self.source, done.start, end)
        size = 1 + sum(child.size for child in children)
        height = 1 + max((child.height for child in children), default=0)
        if done.is_mapping:
            self.add(Fields(self.pairs(children), span, size, height, done.flow, done.anchor))
        else:
            self.add(Items(children, span, size, height, done.flow, done.anchor))

    def pairs(self, children: list[YamlNode]) -> list[tuple[Scalar, YamlNode]]:
        found: dict[str, tuple[Scalar, YamlNode]] = {}
        for key, value in zip(children[::2], children[1::2], strict=True):
            if not isinstance(key, Scalar) or key.text in found:
                self.lost.append(key.span.to(value.span))
            if not isinstance(key, Scalar):
                self.diagnostics.append(Diagnostic("CL009", "a key must be a single word", key.span))
            elif key.text in found:
                related = (Related("first given here", found[key.text][0].span),)
                message = f'the key "{key.text}" is given twice'
                self.diagnostics.append(Diagnostic("CL010", message, key.span, "keep one of the two", related))
            else:
                found[key.text] = (key, value)
        return list(found.values())

    def alias(self, anchor: str, span: Span) -> YamlNode:
        node = self.anchors.get(anchor)
        if node is None:
            inside = any(level.anchor == anchor for level in self.open)
            message = f'the alias "*{anchor}" stands {"inside its own anchor" if inside else "for no anchor above it"}'
            raise RefusedError(Diagnostic("CL008", message, span))
        self.aliased += node.size
        if self.aliased > MOST_ALIASED:
            message = f"the aliases stand for more than {MOST_ALIASED:,} values"
            raise RefusedError(Diagnostic("CL014", message, span))
        self.bound_depth(node.height, span)
        return node

    def bound_depth(self, more: int, span: Span) -> None:
        if len(self.open) + more > DEEPEST_NESTING:
            raise RefusedError(Diagnostic("CL013", f"nested more than {DEEPEST_NESTING} levels deep", span))

    def tag(self, tag: str | None, span: Span, allowed: tuple[str, ...]) -> str | None:
        if tag in (None, "!", ""):
            return None
        name = tag.removeprefix(_CORE) if tag and tag.startswith(_CORE) else None
        if name not in allowed:
            shown = f"!!{name}" if name else str(tag)
            message = f'the tag "{shown}" means nothing here'
            self.diagnostics.append(Diagnostic("CL009", message, self.trimmed(span), "leave it out"))
            return None
        return name

    def not_yaml(self, error: yaml.YAMLError) -> Diagnostic:
        if not isinstance(error, yaml.MarkedYAMLError):
            return Diagnostic("CL008", f"this is not YAML: {error}", Span(self.source, 0, 0))
        mark, context = error.problem_mark, error.context_mark
        span = self.at(mark.index if mark else 0)
        start = self.at(context.index) if context and error.context else span
        if "quoted scalar" in str(error.context) and "end of stream" in str(error.problem):
            return Diagnostic("CL008", "this is not YAML: this string does not end", start, "close it with its quote")
        help_ = _YAML_HELP.get(span.text)
        if _BARE_EXPRESSION.search(self.source.line_text(span.line)):
            help_ = 'an expression stands in quotes: `"${2 * width}"`'
        related = (Related(str(error.context), start),) if start != span else ()
        return Diagnostic("CL008", f"this is not YAML: {error.problem}", span, help_, related)

    def at(self, index: int) -> Span:
        start = min(index, len(self.source.text))
        return Span(self.source, start, min(start + 1, len(self.source.text)))

    def span(self, event: yaml.Event) -> Span:
        start, end = cast(Any, event).start_mark.index, cast(Any, event).end_mark.index
        length = len(self.source.text)
        return Span(self.source, min(start, length), min(end, length))

    def trimmed(self, span: Span) -> Span:
        """Without the line breaks that the parser counts as the end of a block scalar."""
        return Span(self.source, span.start, span.start + len(span.text.rstrip()))
