"""Where each comment of a document belongs: above a unit, behind it, inside it, or at the end of what holds it.

A unit is whatever can stand on a line of its own: a statement, an action, an argument, an item of a list. A scope is
what holds units: a file, a body, the brackets of a call.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from clspec.ir import values
from clspec.ir.rules import Action, WrittenRule
from clspec.ir.spec import Budget, Node, Parameter, Stream
from clspec.ir.values import Argument, Arithmetic, Call, Negation, Value
from clspec.source import SourceFile, Span
from clspec.syntax.document import Comment, Document, GroupStatement, ModelStatement, Statement, TopStatement
from clspec.syntax.written import Written

Unit = TopStatement | Statement | Action | Argument | Parameter | Value | Written
Place = tuple[int, int]
"""Start and end of a unit or of a scope in the text."""

# What may stand before a unit that begins its line.
_LEAD = {"clspec": re.compile(r"\s*"), "yaml": re.compile(r"[\s-]*(\w+:\s*)?")}
# From a model's name or last parameter to its brace stand only white space, brackets, commas and comments.
_TO_BRACE = re.compile(r"(?:[^#{]|#[^\n]*)*\{")


@dataclass(frozen=True)
class Scope:
    """Units in the text's order, and where the scope begins and ends."""

    start: int
    end: int
    units: Sequence[Unit]

    @property
    def place(self) -> Place:
        return self.start, self.end


def place_of(unit: Unit) -> Place:
    """What comments of a unit are filed under."""
    return unit.span.start, unit.span.end


def scopes_of(unit: Unit, syntax: str) -> list[Scope]:
    """The scopes directly inside a unit."""
    match unit:
        case ModelStatement():
            start, doc = unit.name.span.end, [unit.doc] if unit.doc else []
            if syntax == "yaml":  # keys in any order: all of them are one scope
                every = _in_order([*unit.parameters, *doc, *unit.body])
                return [Scope(start, start, unit.parameters), Scope(start, unit.span.end, every)]
            brace = _brace(unit)
            return [Scope(start, brace, unit.parameters), Scope(brace, unit.span.end, [*doc, *unit.body])]
        case GroupStatement():
            return [Scope(group_start(unit, syntax), unit.span.end, _in_order(unit.body))]
        case WrittenRule():
            return [rule_scope(unit)] if has_braces(unit, syntax) else []
        case Stream():
            return bracket_scopes(unit.maker)
        case Node():
            return bracket_scopes(unit.component)
        case Argument():
            return bracket_scopes(unit.value)
        case Parameter():
            return bracket_scopes(unit.default)
        case Budget():
            return bracket_scopes(unit.limit)
        case Written():
            return [Scope(unit.start, unit.span.end, unit.entries)] if unit.entries else []
        case Call() | values.Sequence() | Negation() | Arithmetic():
            return bracket_scopes(unit)
        case _:
            return []


def bracket_scopes(value: Value) -> list[Scope]:
    """The brackets of a value, outermost only."""
    match value:
        case Call():
            return [Scope(value.name.span.end, value.span.end, value.arguments)]
        case values.Sequence():
            return [Scope(value.span.start, value.span.end, value.items)]
        case Negation():
            return bracket_scopes(value.operand)
        case Arithmetic():
            return [*bracket_scopes(value.left), *bracket_scopes(value.right)]
        case _:
            return []


def has_braces(rule: WrittenRule, syntax: str) -> bool:
    """Whether a rule's actions stand in braces (in YAML: under `do`)."""
    return rule.trigger is not None or syntax == "yaml" or rule.span.text.startswith("{")


def rule_scope(rule: WrittenRule) -> Scope:
    """The braces of a rule."""
    return Scope(rule.trigger.span.end if rule.trigger else rule.span.start, rule.span.end, rule.actions)


def group_start(group: GroupStatement, syntax: str) -> int:
    """Where the body of a group begins, near enough: what stands between this and its brace is a comment."""
    return group.sources[-1].span.end if group.sources and syntax == "clspec" else group.name.span.end


def _head_end(unit: Unit) -> int:
    """Where a group has said what it reads: lines above that are about the group, not about what is in it."""
    said = unit.sources[-1].span.end if isinstance(unit, GroupStatement) and unit.sources else 0
    return said if isinstance(unit, GroupStatement) and said < min((s.span.start for s in unit.body), default=0) else 0


def _brace(model: ModelStatement) -> int:
    """Where the body of a model begins."""
    start = model.parameters[-1].span.end if model.parameters else model.name.span.end
    found = _TO_BRACE.match(model.span.source.text, start, model.span.end)
    return found.end() if found else start


def _in_order(units: Iterable[Unit]) -> list[Unit]:
    return sorted(units, key=lambda unit: unit.span.start)


@dataclass
class Filed:
    """The comments of one unit: above it, inside it (to be moved), and behind it on its last line."""

    above: list[Comment] = field(default_factory=list[Comment])
    inside: list[Comment] = field(default_factory=list[Comment])
    behind: list[Comment] = field(default_factory=list[Comment])


class Comments:
    """The comments of a text by the place where they belong. Each can be taken once.

    `root` is what they are about: the statements of a document, or the entries of a YAML text as they are written.
    """

    def __init__(
        self, source: SourceFile, comments: Sequence[Comment], root: Sequence[Unit] | Written, syntax: str
    ) -> None:
        self.source, self.text, self.syntax = source, source.text, syntax
        units = root.entries if isinstance(root, Written) else root
        self.whole = Scope(-1, len(self.text) + 1, _in_order(units))
        self._written = {place_of(each): each for each in root.walk()} if isinstance(root, Written) else {}
        self._starts = [comment.span.start for comment in comments]
        self._scopes: dict[int, list[Scope]] = {}
        self._units: dict[Place, Filed] = {}
        self._opening: dict[Place, list[Comment]] = {}
        self._closing: dict[Place, list[Comment]] = {}
        for comment in comments:
            self._file(comment, self.whole)

    # ---- what printers ask ----

    def stand_in(self, scope: Scope) -> bool:
        """Whether any comment stands between the start and the end of a scope."""
        first = bisect_right(self._starts, scope.start - 1)
        return first < len(self._starts) and self._starts[first] < scope.end

    def of(self, unit: Unit) -> Filed:
        return self._units.pop(place_of(unit), None) or Filed()

    def opening(self, scope: Scope) -> list[Comment]:
        """Those on the line on which a scope opens."""
        return self._opening.pop(scope.place, [])

    def closing(self, scope: Scope) -> list[Comment]:
        """Those behind the last unit of a scope."""
        return self._closing.pop(scope.place, [])

    def are_about(self, unit: Unit) -> bool:
        """Whether any comment was filed under a unit and not taken yet."""
        return place_of(unit) in self._units

    def rest_of(self, unit: Unit) -> list[Comment]:
        """Those inside a unit that nobody took, because what they are about is no longer on a line of its own."""
        found: list[Comment] = []
        for scope in self.inside(unit):
            found += self.opening(scope)
            for inner in scope.units:
                filed = self.of(inner)
                found += [*filed.above, *filed.inside, *filed.behind, *self.rest_of(inner)]
            found += self.closing(scope)
        return found

    def left(self) -> list[Comment]:
        """Those that belong to what was not printed, for the end of the file: a comment is never lost."""
        filed = [each for unit in self._units.values() for each in (*unit.above, *unit.inside, *unit.behind)]
        scoped = [each for found in (self._opening, self._closing) for each in sum(found.values(), list[Comment]())]
        return sorted([*filed, *scoped], key=lambda comment: comment.span.start)

    def blank_above(self, span: Span) -> bool:
        """Whether the writer left an empty line above what stands here."""
        line, column = self.source.position(span.start)
        lead = self.source.line_text(line)[: column - 1]
        return line > 1 and bool(_LEAD[self.syntax].fullmatch(lead)) and not self.source.line_text(line - 1).strip()

    def unit_of(self, key: str | None, unit: Unit | None, holder: Unit | None) -> Unit | None:
        """What the comments of an entry of YAML are filed under: its unit, or what is written for it in `holder`."""
        if isinstance(holder, Written):
            found = holder.within(key, unit.span.start if unit else None)
            if found is not None:
                return found
        return self._written.get(place_of(unit), unit) if unit else None

    def stand_under(self, unit: Unit | None) -> bool:
        """Whether any comment stands among the entries that are written as the value of a unit."""
        return isinstance(unit, Written) and any(self.stand_in(scope) for scope in self.inside(unit))

    def body(self, unit: Unit) -> Scope | None:
        """The scope whose units stand on lines of their own below a unit of YAML."""
        holds = isinstance(unit, (ModelStatement, GroupStatement, Written))
        scopes = self.inside(unit) if holds else []
        return scopes[-1] if scopes else None

    # ---- filing ----

    def _file(self, comment: Comment, scope: Scope) -> None:
        at = comment.span.start
        units = scope.units
        after = bisect_right(units, at, key=lambda unit: unit.span.start)
        before = units[after - 1] if after else None
        if before is not None and at < before.span.end:
            inner = next((inside for inside in self.inside(before) if inside.start <= at < inside.end), None)
            head = _head_end(before)
            if inner is None or (at < head and (comment.own_line or not self._same_line(inner.start, at))):
                self._unit(before).inside.append(comment)
            elif 0 < head <= at < inner.units[0].span.start and not comment.own_line and self._same_line(head, at):
                self._opening.setdefault(inner.place, []).append(comment)
            else:
                self._file(comment, inner)
        elif before is not None and not comment.own_line and self._same_line(before.span.end, at):
            last = self._ends_in(before, at)
            if last is not None:
                self._file(comment, last)
            else:
                self._unit(before).behind.append(comment)
        elif before is not None and (body := self._reaches_into(comment, before)) is not None:
            self._file(comment, body)
        elif before is None and not comment.own_line and self._same_line(scope.start, at):
            self._opening.setdefault(scope.place, []).append(comment)
        elif after < len(units):
            self._unit(units[after]).above.append(comment)
        else:
            self._closing.setdefault(scope.place, []).append(comment)

    def _unit(self, unit: Unit) -> Filed:
        return self._units.setdefault(place_of(unit), Filed())

    def inside(self, unit: Unit) -> list[Scope]:
        """The scopes directly inside a unit."""
        if id(unit) not in self._scopes:
            self._scopes[id(unit)] = scopes_of(unit, self.syntax)
        return self._scopes[id(unit)]

    def _ends_in(self, unit: Unit, at: int) -> Scope | None:
        """In YAML the last line of a unit may be that of a unit inside it: a comment there is about the inner one."""
        scopes = [scope for scope in self.inside(unit) if scope.units] if self.syntax == "yaml" else []
        if not scopes or self._in_brackets(unit) or (last := scopes[-1].units[-1]).span.line == unit.span.line:
            return None
        if not self._same_line(last.span.end, at):
            return None
        line, column = self.source.position(last.span.start)
        begins_line = not self.source.line_text(line)[: column - 1].strip(" -")
        return scopes[-1] if begins_line or isinstance(unit, (ModelStatement, GroupStatement)) else None

    def _reaches_into(self, comment: Comment, unit: Unit) -> Scope | None:
        """In YAML nothing closes a block: a comment below it that is indented deeper than its name is still inside."""
        body = self.body(unit) if self.syntax == "yaml" else None
        if body is None or not comment.own_line or self._in_brackets(unit):
            return None
        return body if comment.span.column > self._column(unit) else None

    def _in_brackets(self, unit: Unit) -> bool:
        """Whether a bracket closes a unit of YAML."""
        return unit.flow if isinstance(unit, Written) else self.text[unit.span.start] in "[{"

    def _column(self, unit: Unit) -> int:
        """The column of a unit of YAML, or of the dash before it."""
        line, column = self.source.position(unit.span.start)
        lead = self.source.line_text(line)[: column - 1]
        return len(lead[: lead.rfind("-")]) + 1 if lead.rstrip().endswith("-") else column

    def _same_line(self, start: int, end: int) -> bool:
        return start >= 0 and self.text.find("\n", start, end) < 0


def comments_of(document: Document) -> Comments:
    """The comments of a document by its statements."""
    return Comments(document.source, document.comments, _in_order(document.statements), document.syntax)
