"""Makes components from calls: looks the kind up, works the arguments out, checks them against its types."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from clspec.analyses.arguments import by_position, expected_of, invalid_argument, missing_arguments, place_arguments
from clspec.analyses.evaluate import Constant, EvaluationError, evaluate_constant
from clspec.analyses.lookup import Found, Models
from clspec.analyses.model_component import ModelComponent
from clspec.components import registry
from clspec.components.arguments import ArgumentField, UnfitError, arguments_of, fit, misfits
from clspec.components.base import Component
from clspec.components.mistakes import ArgumentError
from clspec.components.sequence import SequenceOf
from clspec.diagnostics import Diagnostic, choices_help, nearest
from clspec.ir import values
from clspec.ir.spec import Role
from clspec.ir.values import Argument, Call, Name, Value
from clspec.source import Span

Nest = Callable[[Found, Call], ModelComponent]
OWN_NODE = "give it a node of its own"
BY_MODE = "give each a node of its own, then `output ... in train` and `output ... in eval`"


class ComponentError(Exception):
    """A component that cannot be made; carries every finding."""

    def __init__(self, *diagnostics: Diagnostic) -> None:
        super().__init__()
        self.diagnostics = diagnostics


def make_component(
    value: Value,
    role: Role,
    parameters: Mapping[str, Constant],
    models: Models,
    offered: Callable[[], Sequence[str]],
    allow_imports: Sequence[str],
    nest: Nest,
) -> Component:
    """The component that a value names, standing in `role`. Raises ComponentError and EvaluationError.

    `offered` gives the models that a misspelt name may have meant; `nest` unfolds one inside another component.
    """
    maker = _Maker(parameters, models, offered, allow_imports, nest)
    component = maker.component(value, (role,))
    if role not in component.roles:
        article = "an" if role == "input" else "a"
        raise ComponentError(_misplaced(f"{component.kind} cannot stand as {article} {role}", value.span, component))
    return component


def _misplaced(message: str, span: Span, component: Component) -> Diagnostic:
    return Diagnostic("CL206", message, span, f"it is made for: {', '.join(sorted(component.roles))}")


def _not_in_a_list(component: Component, span: Span, why: str) -> Diagnostic:
    help = f"{why}; {OWN_NODE}: `{component.roles[0]} NAME = {component.kind}(...)`"
    return Diagnostic("CL206", f"{component.kind} cannot stand in a list", span, help)


@dataclass(frozen=True)
class _Maker:
    """Makes the components of one scope, whose parameters have these values."""

    parameters: Mapping[str, Constant]
    models: Models
    offered: Callable[[], Sequence[str]]
    allow_imports: Sequence[str]
    nest: Nest

    def component(self, value: Value, roles: Sequence[Role]) -> Component:
        """The component that a value names, which is to stand in one of the roles: that is for its user to judge."""
        if isinstance(value, values.Sequence):
            return self.sequence(value)
        if not isinstance(value, (Call, Name)):
            raise ComponentError(_no_component(value))
        name, arguments = (value.name, value.arguments) if isinstance(value, Call) else (value, ())
        kind = registry().get(name.text)
        if kind is None and (found := self.models.find(name)) is not None:
            return self._model(found, value)
        if kind is None:
            raise ComponentError(*self._unknown(name, roles))
        return self._construct(kind, value.span, arguments)

    def _model(self, found: Found, value: Call | Name) -> Component:
        component = self.nest(found, value if isinstance(value, Call) else called(value))
        obstacle = component.obstacle()
        if obstacle is not None:
            message = f"{obstacle}, so it cannot stand inside another component"
            raise ComponentError(Diagnostic("CL206", message, value.span, OWN_NODE))
        return component

    def sequence(self, value: values.Sequence) -> SequenceOf:
        if not value.items:
            help = "write at least one, or leave it out"
            raise ComponentError(Diagnostic("CL202", "an empty list has no component", value.span, help))
        items: list[Component] = []
        found: list[Diagnostic] = []
        for item in value.items:
            try:
                items.append(self._item(item))
            except ComponentError as error:
                found += error.diagnostics
        if len(items) < len(value.items):  # what is wrong with one may have been told already
            raise ComponentError(*found)
        return SequenceOf(items=tuple(items))

    def _item(self, value: Value) -> Component:
        component = self.component(value, ("neck",))
        if component.merges:
            message = f"{component.kind} reads several sources, so it cannot stand in a list"
            raise ComponentError(Diagnostic("CL206", message, value.span, OWN_NODE))
        if "neck" not in component.roles:
            raise ComponentError(
                _not_in_a_list(component, value.span, f"it is made for: {', '.join(sorted(component.roles))}")
            )
        if component.own_rules() or component.needs_task_labels:
            raise ComponentError(_not_in_a_list(component, value.span, "it adapts by itself"))
        return component

    def _unknown(self, name: Name, roles: Sequence[Role]) -> tuple[Diagnostic, ...]:
        """What to say of a name that is no component; nothing where that was said already."""
        if self.models.unread(name):
            return ()
        kinds = {kind: each for kind, each in registry().items() if kind.isidentifier()}
        fitting = [kind for kind, each in kinds.items() if set(each.roles) & set(roles)]
        models: Sequence[str] = () if "input" in roles else self.offered()
        help = nearest(name.text, [*kinds, *models]) or choices_help(name.text, [*fitting, *models])
        if name.text in self.parameters:
            help = f'"{name.text}" is a parameter: a value, no component'
        alias = name.parts[0]
        if len(name.parts) > 1 and alias.text not in self.models.used:
            help = choices_help(alias.text, self.models.used) or f'bring it in: `use "{alias.text}.clspec"`'
        return (Diagnostic("CL110", f'unknown component "{name.text}"', name.span, help),)

    def _construct(self, kind: type[Component], span: Span, arguments: Sequence[Argument]) -> Component:
        known = arguments_of(kind)
        placed, found = place_arguments(kind.kind, span, arguments, list(known), kind.passes_on)
        given: dict[str, Any] = {}
        for field, argument in placed.items():
            try:
                given[field] = self._argument(kind, field, argument.value)
            except EvaluationError as error:
                found.append(error.diagnostic)
            except ComponentError as error:
                found += error.diagnostics
        missing = [field for field, each in known.items() if each.required and field not in placed]
        # What is missing may be there under a wrong name, or at a wrong place behind named ones.
        elsewhere = {"CL201", "CL207"} if any(map(by_position, arguments)) else {"CL201"}
        if missing and elsewhere.isdisjoint(diagnostic.code for diagnostic in found):
            found.append(missing_arguments(kind, span, missing))
        if found or len(given) < len(placed):
            of_kind = {name: value for name, value in given.items() if name in known}
            unfit = misfits(kind, of_kind)
            found += [invalid_argument(kind, placed, given, each) for each in unfit]
            if not unfit and len(given) == len(placed) and not missing:
                found += self._judged(kind, placed, of_kind)
            raise ComponentError(*found)
        try:
            component = fit(kind, {name: value for name, value in given.items() if name in known})
            component = component.with_passed({name: value for name, value in given.items() if name not in known})
            component.judge()
        except UnfitError as error:
            raise ComponentError(*(invalid_argument(kind, placed, given, each) for each in error.details)) from None
        except ArgumentError as error:
            place = placed[error.argument].value.span if error.argument in placed else span
            raise ComponentError(Diagnostic(error.code, error.message, place, error.help)) from None
        package = component.imported_package()
        if package is not None and package not in self.allow_imports:
            raise ComponentError(_needs_leave(kind, package, span))
        return component

    def _judged(
        self, kind: type[Component], placed: Mapping[str, Argument], given: Mapping[str, Any]
    ) -> Sequence[Diagnostic]:
        """What is wrong with values that fit their types, beside arguments that the kind does not have."""
        try:
            fit(kind, given).judge()
        except ArgumentError as error:
            if error.argument in placed:
                return (Diagnostic(error.code, error.message, placed[error.argument].value.span, error.help),)
        return ()

    def _argument(self, kind: type[Component], field: str, value: Value) -> Any:
        info = arguments_of(kind).get(field)
        if info is not None and takes_component(info):
            return self._wrapped(kind, value)
        if self._is_component(value):
            wanted = "a value or a list of values" if info is None else expected_of(info.type)
            message = f'argument "{field}" of {kind.kind} must be {wanted}, not a component'
            raise ComponentError(Diagnostic("CL203", message, value.span))
        return evaluate_constant(value, self.parameters)

    def _is_component(self, value: Value) -> bool:
        is_kind = isinstance(value, Name) and (value.text in registry() or self.models.find(value) is not None)
        named = isinstance(value, Name) and value.text not in self.parameters and is_kind
        return named or isinstance(value, Call)

    def _wrapped(self, kind: type[Component], value: Value) -> Component:
        inner = self.component(value, kind.holds)
        if "head" in inner.holds and "head" in kind.holds:
            help = "one is enough" if inner.kind == kind.kind else BY_MODE
            message = f"{kind.kind} holds no {inner.kind}: it holds others itself"
            raise ComponentError(Diagnostic("CL206", message, value.span, help))
        if inner.merges:
            message = f"{inner.kind} reads several sources, so {kind.kind} cannot hold it"
            raise ComponentError(Diagnostic("CL206", message, value.span, OWN_NODE))
        if set(kind.holds) & set(inner.roles) and not inner.needs_task_labels:
            return inner
        kinds = [each for name, each in registry().items() if name.isidentifier() and not each.merges]
        kinds = [each for each in kinds if "head" not in each.holds]
        holds = [each.kind for each in kinds if set(kind.holds) & set(each.roles)]
        message = f"{kind.kind} holds {' or '.join(f'a {role}' for role in kind.holds)}, not {inner.kind}"
        raise ComponentError(Diagnostic("CL206", message, value.span, f"it can hold: {', '.join(holds)}"))


def called(name: Name) -> Call:
    """A bare name as the call that it means."""
    return Call(name=name, arguments=(), span=name.span)


def _needs_leave(kind: type[Component], package: str, span: Span) -> Diagnostic:
    help = f"if you trust it: --allow-import {package} (in Python allow_imports=[{package!r}])"
    return Diagnostic("CL209", f'{kind.kind} runs code of "{package}", which needs your leave', span, help)


def _no_component(value: Value) -> Diagnostic:
    message, help = "expected a component here", "such as `linear(64)` or `[linear(64), relu()]`"
    if isinstance(value, values.Text):
        message = f'expected a component, not the string "{value.value}"'
        if value.value in registry():
            help = f"write `{value.value}()`, in YAML `{{uses: {value.value}}}`"
    return Diagnostic("CL203", message, value.span, help)


def takes_component(field: ArgumentField) -> bool:
    return isinstance(field.type, type) and issubclass(field.type, Component)
