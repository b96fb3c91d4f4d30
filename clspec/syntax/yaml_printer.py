"""Documents as YAML, in its one canonical form."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from typing import NoReturn

from clspec.diagnostics import Diagnostic, Related, SpecError
from clspec.ir import values
from clspec.ir.rules import Reference, WrittenRule
from clspec.ir.spec import Budget, Node, Output, Parameter, Stream, Use
from clspec.ir.values import Argument, Boolean, Call, Decimal, Identifier, Integer, Name, Nothing, Text, Value
from clspec.source import Span
from clspec.syntax.comments import Comments, comments_of
from clspec.syntax.document import Document, Edition, GroupStatement, ModelStatement, Statement
from clspec.syntax.layout import join
from clspec.syntax.printer import print_action, print_budget, print_trigger, print_value
from clspec.syntax.written import Written
from clspec.syntax.yaml_layout import Tree, YamlEntry, YamlLayout, YamlTree
from clspec.syntax.yaml_words import PLAIN_PROSE, scalar
from clspec.syntax.yaml_written import as_written

ArgumentNames = Callable[[str], Sequence[str] | None]
"""The names of a component's arguments in order; None where the component is not known."""

_DECIMAL = re.compile(r"-?[0-9]+(\.[0-9]+([eE][-+]?[0-9]+)?|[eE][-+]?[0-9]+)")


def print_yaml(document: Document, argument_names: ArgumentNames = lambda _: None) -> str:
    """A whole file with every comment. Raises SpecError for what only the clspec language can say."""
    models = {s.name.text: s for s in document.statements if isinstance(s, ModelStatement)}

    def names(kind: str) -> Sequence[str] | None:
        model = models.get(kind)
        return [parameter.name.text for parameter in model.parameters] if model else argument_names(kind)

    tree = _Trees(names, RuleHolders(document)).document(document)
    if document.syntax == "yaml":
        written, _ = as_written(document.source)
        return _laid_out(tree, Comments(document.source, document.comments, written, "yaml"), written)
    return _laid_out(tree, comments_of(document), None)


def print_as_written(document: Document) -> str:
    """A YAML file with its own entries in their order, anchors and aliases kept, and every comment."""
    written, tree = as_written(document.source)
    return _laid_out(tree, Comments(document.source, document.comments, written, "yaml"), written)


def _laid_out(tree: Tree, comments: Comments, written: Written | None) -> str:
    layout = YamlLayout(comments)
    lines = layout.block(tree, 0, written)
    lines += layout.tail(comments.closing(comments.whole))
    lines += layout.tail(comments.left())
    if lines:
        lines[0].blank_above = False
    return join(lines)


def _mapping(*entries: YamlEntry | None, block: bool = False) -> Tree:
    return Tree(tuple(entry for entry in entries if entry is not None), mapping=True, block=block)


def _listing(entries: Iterable[YamlEntry], block: bool = False) -> Tree:
    return Tree(tuple(entries), mapping=False, block=block)


def _under(key: str, tree: Tree) -> YamlEntry | None:
    """A key with what is listed under it; nothing where nothing is."""
    return YamlEntry(key, tree) if tree.entries else None


class RuleHolders:
    """Which parts have rules of their own: a rule above one has to stay above it, because the later rule wins."""

    def __init__(self, document: Document) -> None:
        self.keeps_order = document.syntax == "yaml"  # what is written among the parts there stays there
        self.models = {s.name.text: s for s in document.statements if isinstance(s, ModelStatement)}
        self.known: dict[str, bool] = {}

    def last_in(self, body: Sequence[Statement]) -> int:
        """The position of the last part that rules above it have to stay above; -1 where there is none."""
        parts = [at for at, each in enumerate(body) if isinstance(each, (Node, GroupStatement))]
        return max((at for at in parts if self.keeps_order or self.has_rules(body[at])), default=-1)

    def has_rules(self, statement: Statement) -> bool:
        if isinstance(statement, GroupStatement):
            return any(isinstance(each, WrittenRule) or self.has_rules(each) for each in statement.body)
        if not isinstance(statement, Node):
            return False
        component = statement.component.name if isinstance(statement.component, Call) else statement.component
        return isinstance(component, Name) and self.model_has_rules(component)

    def model_has_rules(self, name: Name) -> bool:
        if len(name.parts) > 1:
            return True  # of a file that is not read here: it may have
        model = self.models.get(name.text)
        if model is not None and name.text not in self.known:
            self.known[name.text] = False  # a model that holds itself
            self.known[name.text] = any(isinstance(each, WrittenRule) or self.has_rules(each) for each in model.body)
        return self.known.get(name.text, False)


class _Trees:
    """Documents as YAML trees."""

    def __init__(self, argument_names: ArgumentNames, holders: RuleHolders) -> None:
        self.argument_names, self.holders = argument_names, holders

    # ---- statements ----

    def document(self, document: Document) -> Tree:
        said = document.statements
        models = [s for s in said if isinstance(s, ModelStatement)]
        streams = [s for s in said if isinstance(s, Stream)]
        _once([model.name for model in models], "model")
        _once([stream.name for stream in streams], "stream")
        return _mapping(
            *(YamlEntry("clspec", str(s.number), s) for s in said if isinstance(s, Edition)),
            _under("use", _listing(YamlEntry(None, self.use(s), s) for s in said if isinstance(s, Use))),
            _under("streams", _mapping(*(_named(s.name, self.value(s.maker), s) for s in streams), block=True)),
            _under("models", _mapping(*(_named(s.name, self.model(s), s) for s in models), block=True)),
            block=True,
        )

    def use(self, use: Use) -> YamlTree:
        path = self.value(use.path)
        return _mapping(YamlEntry("path", path), YamlEntry("as", scalar(use.alias.text))) if use.alias else path

    def model(self, model: ModelStatement) -> Tree:
        _once([parameter.name for parameter in model.parameters], "parameter")
        doc = YamlEntry("doc", scalar(_escape_dollar(model.doc.value), PLAIN_PROSE), model.doc) if model.doc else None
        budgets = [s for s in model.body if isinstance(s, Budget)]
        return _mapping(
            doc,
            _under("params", _mapping(*map(self.parameter, model.parameters))),
            *self.body(model.body),
            _under("require", _listing(YamlEntry(None, scalar(_without_word(print_budget(s))), s) for s in budgets)),
            block=True,
        )

    def parameter(self, parameter: Parameter) -> YamlEntry:
        return _named(parameter.name, self.value(parameter.default), parameter)

    def body(self, body: Sequence[Statement]) -> list[YamlEntry | None]:
        above = self.holders.last_in(body)
        inside = [s for at, s in enumerate(body) if at <= above or isinstance(s, (Node, GroupStatement))]
        rules = [s for s in body[above + 1 :] if isinstance(s, WrittenRule)]
        outputs = [s for s in body if isinstance(s, Output)]
        listed = (YamlEntry(None, self.in_body(s), s) for s in inside if not isinstance(s, (Output, Budget)))
        return [
            _under("body", _listing(listed, block=True)),
            _under("rules", _listing((YamlEntry(None, self.rule(s), s) for s in rules), block=True)),
            _under("output", _listing(entry for s in outputs for entry in _output(s))),
        ]

    def in_body(self, statement: Node | GroupStatement | WrittenRule) -> Tree:
        return self.rule(statement) if isinstance(statement, WrittenRule) else self.part(statement)

    def part(self, part: Node | GroupStatement) -> Tree:
        sources = _under("from", _references(part.sources))
        if isinstance(part, GroupStatement):
            return _mapping(YamlEntry("group", scalar(part.name.text)), sources, *self.body(part.body), block=True)
        component = part.component
        if isinstance(component, Call):
            uses: YamlTree = scalar(component.name.text)
            arguments = self.arguments(component)
        else:
            uses, arguments = self.component(component), None
        name = YamlEntry(part.role, scalar(part.name.text))
        return _mapping(name, YamlEntry("uses", uses), arguments, sources, block=True)

    def rule(self, rule: WrittenRule) -> Tree:
        when = YamlEntry(rule.timing, scalar(print_trigger(rule.trigger))) if rule.trigger else None
        actions = _listing(YamlEntry(None, scalar(print_action(action)), action) for action in rule.actions)
        return _mapping(when, YamlEntry("do", actions), block=True)

    # ---- values ----

    def component(self, value: Value) -> YamlTree:
        """A value under `uses`: there a bare word is a component."""
        if isinstance(value, Call):
            return self.value(value) if value.arguments else scalar(value.name.text)
        if isinstance(value, values.Sequence):
            return _listing(YamlEntry(None, self.component(item), item) for item in value.items)
        return _expression(value)

    def value(self, value: Value) -> YamlTree:
        """A value under `with` or `params`: there a bare word is a string."""
        match value:
            case Integer():
                return str(value.value)
            case Decimal():
                written = value.span.text
                return written if _DECIMAL.fullmatch(written) and float(written) == value.value else repr(value.value)
            case Text():
                return scalar(_escape_dollar(value.value))
            case Boolean():
                return "true" if value.value else "false"
            case Nothing():
                return "null"
            case Call():
                return _mapping(YamlEntry("uses", scalar(value.name.text)), self.arguments(value))
            case values.Sequence():
                return _listing(YamlEntry(None, self.value(item), item) for item in value.items)
            case _:
                return _expression(value)

    def arguments(self, call: Call) -> YamlEntry | None:
        if not call.arguments:
            return None
        if all(argument.name is None for argument in call.arguments):
            return YamlEntry("with", _listing(YamlEntry(None, self.value(a.value), a) for a in call.arguments))
        named = self.all_named(call)
        return YamlEntry("with", _mapping(*(_named(name, self.value(a.value), a) for name, a in named)))

    def all_named(self, call: Call) -> list[tuple[Identifier, Argument]]:
        """Arguments by name: `with` is a list or a mapping, never both."""
        order = self.argument_names(call.name.text) or ()
        found: list[tuple[Identifier, Argument]] = []
        for position, argument in enumerate(call.arguments):
            if argument.name is None and position >= len(order):
                kind = call.name.text
                message = f"YAML cannot mix arguments by position and by name, and those of {kind} are not known here"
                _refuse(message, argument.span, "give every argument its name")
            name = argument.name or Identifier(text=order[position], span=argument.span)
            found.append((name, argument))
        _once([name for name, _ in found], "argument")
        return found


def _named(name: Identifier, value: YamlTree, unit: Stream | ModelStatement | Parameter | Argument) -> YamlEntry:
    return YamlEntry(scalar(name.text), value, unit)


def _references(references: Sequence[Reference]) -> Tree:
    return _listing(YamlEntry(None, scalar(str(reference))) for reference in references)


def _output(output: Output) -> list[YamlEntry]:
    """One entry a name; the comments stay with the first."""
    mode = f" in {output.mode}" if output.mode else ""
    return [
        YamlEntry(None, scalar(f"{reference}{mode}"), None if number else output)
        for number, reference in enumerate(output.names)
    ]


def _expression(value: Value) -> str:
    return scalar(f"${{{print_value(value)}}}")


def _escape_dollar(text: str) -> str:
    return text.replace("${", "$${")


def _without_word(text: str) -> str:
    return text.partition(" ")[2]


def _once(names: Sequence[Identifier], what: str) -> None:
    """A YAML mapping has each key once."""
    seen: dict[str, Span] = {}
    for name in names:
        if name.text in seen:
            related = (Related("first here", seen[name.text]),)
            _refuse(f'the {what} "{name.text}" is given twice, which YAML cannot say', name.span, None, related)
        seen[name.text] = name.span


def _refuse(message: str, span: Span, help_: str | None, related: tuple[Related, ...] = ()) -> NoReturn:
    raise SpecError([Diagnostic("CL012", message, span, help_, related)])
