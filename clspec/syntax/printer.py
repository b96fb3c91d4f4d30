"""Documents, rules, references and values as clspec text, as a person would write them."""

from __future__ import annotations

import json
import re

from clspec.ir.rules import Action, Reference, WrittenRule, WrittenTrigger
from clspec.ir.spec import Budget, Node, Output, Parameter, Stream, Use
from clspec.ir.values import (
    Argument,
    Arithmetic,
    Boolean,
    Call,
    Decimal,
    Integer,
    Name,
    Negation,
    Nothing,
    Sequence,
    Text,
    Value,
)
from clspec.syntax.comments import Comments, bracket_scopes, comments_of, rule_scope, scopes_of
from clspec.syntax.document import Document, Edition, GroupStatement, ModelStatement, Statement, TopStatement
from clspec.syntax.layout import Bracket, Entry, Layout, Line, Words, flat, join

_INTEGER = re.compile("-?[1-9](_?[0-9])*")
_DECIMAL = re.compile(r"-?[0-9](_?[0-9])*(\.[0-9](_?[0-9])*([eE][+-]?[0-9]+)?|[eE][+-]?[0-9]+)")


def print_document(document: Document) -> str:
    """A whole file with every comment. Strings and numbers stay spelled as they were."""
    comments = comments_of(document)
    printer = _Printer(comments, document.syntax)
    layout = Layout(comments)
    chunks = [(s, layout.entry(printer.statement(s), 0)) for s in document.statements]
    lines = _spaced(chunks) + layout.remarks(comments.closing(comments.whole), 0)
    lines += layout.remarks(comments.left(), 0)
    if lines:
        lines[0].blank_above = False
    return join(lines)


def print_value(value: Value) -> str:
    """A value: `linear(2 * width, bias=false)`."""
    return flat(value_words(value))


def print_reference(reference: Reference) -> str:
    """A reference: `coarse.labels[:-1]`."""
    return str(reference)


def print_action(action: Action) -> str:
    """An action: `freeze trunk until stage2`."""
    text = f"{action.verb} {', '.join(map(print_reference, action.targets))}"
    if action.until:
        text += f" until {print_reference(action.until)}"
    if action.since:
        text += f" from {print_reference(action.since)}"
    return text


def print_trigger(trigger: WrittenTrigger) -> str:
    """A trigger: `experience 2..`."""
    if trigger.event != "experience" or (trigger.first, trigger.last) == (0, None):
        return trigger.event
    if trigger.first == trigger.last:
        return f"experience {trigger.first}"
    return f"experience {trigger.first}..{'' if trigger.last is None else trigger.last}"


def print_rule(rule: WrittenRule) -> str:
    """A rule on one line: `when experience 2.. { freeze trunk }`."""
    return flat(_rule_words(rule, rule.trigger is not None or len(rule.actions) > 1))


def print_output(output: Output) -> str:
    """An output: `output fine, proj in eval`."""
    names = ", ".join(map(print_reference, output.names))
    return f"output {names}" + (f" in {output.mode}" if output.mode else "")


def print_budget(budget: Budget) -> str:
    """A budget: `require parameters <= 400_000 over tasks`."""
    return flat(_budget_words(budget))


def quote(text: str) -> str:
    """A string in double quotes; what cannot be seen is escaped."""
    return "".join(c if c.isprintable() else json.dumps(c)[1:-1] for c in json.dumps(text, ensure_ascii=False))


# ---- values ----------------------------------------------------------------------------------------------------------


def value_words(value: Value) -> Words:
    """The words of a value, its brackets apart so that they can be broken."""
    match value:
        case Integer():
            return (_spelled(value, _INTEGER) or str(value.value),)
        case Decimal():
            return (_spelled(value, _DECIMAL) or repr(value.value),)
        case Text():
            return (_spelled_text(value) or quote(value.value),)
        case Boolean():
            return ("true" if value.value else "false",)
        case Nothing():
            return ("none",)
        case Name():
            return (value.text,)
        case Call():
            entries = tuple(Entry(argument, _argument_words(argument)) for argument in value.arguments)
            return (value.name.text, Bracket("()", entries, bracket_scopes(value)[0]))
        case Sequence():
            entries = tuple(Entry(item, value_words(item)) for item in value.items)
            return (Bracket("[]", entries, bracket_scopes(value)[0]),)
        case Negation():
            return ("-", *_operand(value.operand, 3))
        case Arithmetic():
            rank = _rank(value)
            # Equal rank on the right needs parentheses: `a - (b - c)`.
            return (*_operand(value.left, rank), f" {value.operator} ", *_operand(value.right, rank + 1))


def _argument_words(argument: Argument) -> Words:
    words = value_words(argument.value)
    return (f"{argument.name.text}=", *words) if argument.name else words


def _operand(value: Value, rank: int) -> Words:
    words = value_words(value)
    return ("(", *words, ")") if _rank(value) < rank else words


def _rank(value: Value) -> int:
    """How tightly a value's outermost operator binds."""
    if isinstance(value, Arithmetic):
        return 1 if value.operator in "+-" else 2
    return 3


def _spelled(value: Integer | Decimal, pattern: re.Pattern[str]) -> str | None:
    """A number as the writer wrote it (400_000, 1e-3), where that is a number of this language too."""
    written = value.span.text
    return written if pattern.fullmatch(written) and type(value.value)(written) == value.value else None


def _spelled_text(value: Text) -> str | None:
    written = value.span.text
    try:
        return written if written[:1] == '"' and json.loads(written) == value.value else None
    except ValueError:
        return None


# ---- statements ------------------------------------------------------------------------------------------------------


def _budget_words(budget: Budget) -> Words:
    over = f" over {budget.stream.text}" if budget.stream else ""
    return (f"require {budget.quantity} <= ", *value_words(budget.limit), over)


def _rule_words(rule: WrittenRule, braces: bool) -> Words:
    entries = tuple(Entry(action, (print_action(action),)) for action in rule.actions)
    if not braces:
        return (print_action(rule.actions[0]),)
    when = f"{rule.timing} {print_trigger(rule.trigger)} " if rule.trigger else ""
    return (when, Bracket("{}", entries, rule_scope(rule), separator=";"))


class _Printer:
    """The words of statements. It knows the comments only to keep the braces that hold some."""

    def __init__(self, comments: Comments, syntax: str) -> None:
        self.comments = comments
        self.syntax = syntax

    def statement(self, statement: TopStatement | Statement) -> Entry:
        return Entry(statement, self.words(statement))

    def words(self, statement: TopStatement | Statement) -> Words:
        match statement:
            case Edition():
                return (f"clspec {statement.number}",)
            case Use():
                alias = f" as {statement.alias.text}" if statement.alias else ""
                return ("use ", *value_words(statement.path), alias)
            case Stream():
                return (f"stream {statement.name.text} = ", *value_words(statement.maker))
            case ModelStatement():
                return self.model(statement)
            case GroupStatement():
                (scope,) = scopes_of(statement, self.syntax)
                body = Bracket("{}", tuple(map(self.statement, statement.body)), scope, body=True, separator="")
                return (f"group {statement.name.text}{_sources(statement.sources)} ", body)
            case Node():
                # The name of an input is `x` where none is written, so it need not be.
                unsaid = (statement.role, statement.name.text) == ("input", "x") and isinstance(
                    statement.component, Call
                )
                name = "" if unsaid else f"{statement.name.text} = "
                return (f"{statement.role} {name}", *value_words(statement.component), _sources(statement.sources))
            case WrittenRule():
                scope = rule_scope(statement)
                braces = statement.trigger is not None or len(statement.actions) > 1
                kept = self.comments.stand_in(scope) and bool(scopes_of(statement, self.syntax))
                return _rule_words(statement, braces or kept)
            case Output():
                return (print_output(statement),)
            case Budget():
                return _budget_words(statement)

    def model(self, model: ModelStatement) -> Words:
        before, inside = scopes_of(model, self.syntax)
        parameters = tuple(Entry(parameter, self.parameter(parameter)) for parameter in model.parameters)
        doc = (Entry(model.doc, value_words(model.doc)),) if model.doc else ()
        body = Bracket("{}", (*doc, *map(self.statement, model.body)), inside, body=True, separator="")
        listed = (Bracket("()", parameters, before),) if parameters or self.comments.stand_in(before) else ()
        return (f"model {model.name.text}", *listed, " ", body)

    def parameter(self, parameter: Parameter) -> Words:
        return (f"{parameter.name.text}=", *value_words(parameter.default))


def _sources(sources: tuple[Reference, ...]) -> str:
    return f" from {', '.join(map(print_reference, sources))}" if sources else ""


def _spaced(chunks: list[tuple[TopStatement, list[Line]]]) -> list[Line]:
    """Top statements with an empty line around each model, and between statements of different kinds."""
    lines: list[Line] = []
    last: TopStatement | None = None
    for statement, chunk in chunks:
        if isinstance(statement, ModelStatement) or type(statement) is not type(last):
            _set_apart(chunk)
        lines += chunk
        last = statement
    return lines


def _set_apart(chunk: list[Line]) -> None:
    """An empty line above a statement and the comments right above it, unless the writer put one somewhere there."""
    own = next(number for number, line in enumerate(chunk) if not line.remark)
    if not any(line.blank_above for line in chunk[: own + 1]):
        chunk[0].blank_above = True
