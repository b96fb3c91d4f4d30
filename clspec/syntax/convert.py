"""From one syntax to the other: the same spec, its comments as near to their places as the other side can hold them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from clspec.diagnostics import Diagnostic, Related, SpecError
from clspec.ir.rules import WrittenRule
from clspec.ir.spec import Node
from clspec.ir.values import Call, Name
from clspec.source import SourceFile
from clspec.syntax.document import Document, GroupStatement, ModelStatement, Statement
from clspec.syntax.lower import lower
from clspec.syntax.printer import print_document
from clspec.syntax.read import Syntax, read_document
from clspec.syntax.yaml_printer import ArgumentNames, print_yaml

Models = Mapping[str, ModelStatement]


def convert(source: SourceFile, syntax: Syntax, argument_names: ArgumentNames) -> tuple[str, list[Diagnostic]]:
    """The text of a spec in the syntax that it is not written in, and warnings about what acts in another order there.

    `argument_names` gives the arguments of a component in order: YAML can give them by position or by name, but not
    both in one call, so a call that mixes them needs all of its names. Raises SpecError with what is wrong with the
    spec's text, or cannot be said in the other syntax.
    """
    document = read_document(source, syntax)
    _, found = lower(document)
    if found:
        raise SpecError(found)
    if syntax == "yaml":
        return print_document(document), []
    return print_yaml(document, argument_names), moved_rules(document)


def moved_rules(document: Document) -> list[Diagnostic]:
    """Rules above a part with rules of its own: YAML lists rules below all parts, and the later rule wins."""
    models = {s.name.text: s for s in document.statements if isinstance(s, ModelStatement)}
    return [found for model in models.values() for found in _moved(model.body, models)]


def _moved(body: Sequence[Statement], models: Models) -> list[Diagnostic]:
    found: list[Diagnostic] = []
    above: list[WrittenRule] = []
    for statement in body:
        if isinstance(statement, WrittenRule):
            above.append(statement)
        elif isinstance(statement, (Node, GroupStatement)) and _holds_rules(statement, models, ()):
            found += [_warning(rule, statement) for rule in above]
            above = []
        if isinstance(statement, GroupStatement):
            found += _moved(statement.body, models)
    return found


def _holds_rules(part: Node | GroupStatement, models: Models, inside: tuple[str, ...]) -> bool:
    if isinstance(part, GroupStatement):
        body = part.body
    else:
        component = part.component.name if isinstance(part.component, Call) else part.component
        name = component.text if isinstance(component, Name) else ""
        if name not in models or name in inside:
            return False
        body, inside = models[name].body, (*inside, name)
    return any(
        isinstance(each, WrittenRule)
        or (isinstance(each, (Node, GroupStatement)) and _holds_rules(each, models, inside))
        for each in body
    )


def _warning(rule: WrittenRule, part: Node | GroupStatement) -> Diagnostic:
    message = f'in YAML this rule stands below those of "{part.name.text}", and the later rule wins'
    related = (Related("its rules act first then", part.name.span),)
    return Diagnostic("CL012", message, rule.span, "where they contradict, write it below already", related, "warning")
