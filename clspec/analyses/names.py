"""Resolves names: makes the components of a model, unfolds the models and groups inside it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from clspec.analyses.arguments import place_arguments
from clspec.analyses.components import ComponentError, make_component
from clspec.analyses.evaluate import EvaluationError, Scalar, evaluate
from clspec.analyses.identifiers import check_identifier
from clspec.analyses.models import check_unique, default_parameters, fitted, parameter_problem
from clspec.analyses.program import Block, Part
from clspec.components import registry
from clspec.components.base import Component
from clspec.diagnostics import Diagnostic, Findings
from clspec.ir.spec import Group, Model, Node, Spec
from clspec.ir.values import Call, Name, Value
from clspec.ir.values import Sequence as ListValue
from clspec.source import Span


def resolve_names(spec: Spec, model: Model, parameters: Mapping[str, Scalar]) -> tuple[Block, list[Diagnostic]]:
    """The model with these parameters as a tree of parts. What could not be made stays, as a broken part."""
    resolver = _Resolver(spec.by_name)
    block = resolver.block_of_model(model, "", _Scope(parameters, (model.name.text,)))
    return block, resolver.found


DEEPEST = 100
"""Levels of models and groups in each other."""
MOST_PARTS = 5_000
"""Of one model, all levels together: models that use each other twice double what they hold at every level."""


@dataclass(frozen=True)
class _Scope:
    """What a body sees: the parameters of its model, and the chain of models that it is unfolded in."""

    parameters: Mapping[str, Scalar]
    users: tuple[str, ...]


@dataclass
class _Resolver:
    models: Mapping[str, Model]
    found: Findings = field(default_factory=Findings)
    parts: int = 0

    def block_of_model(self, model: Model, path: str, scope: _Scope) -> Block:
        parts = self._parts(model.body, path, scope)
        doc = model.doc.value if model.doc else ""
        return Block(
            path, model.name.text, doc, parts, model.rules, model.outputs, model.budgets, "model", model.name.span
        )

    def _parts(self, body: Sequence[Node | Group], path: str, scope: _Scope) -> tuple[Part, ...]:
        for item in body:
            self.found += check_identifier(item.name)
        self.found += check_unique([item.name for item in body], "name")
        first: dict[str, Node | Group] = {}
        for item in body:
            first.setdefault(item.name.text, item)
        return tuple(self._part(item, f"{path}.{name}" if path else name, scope) for name, item in first.items())

    def _part(self, item: Node | Group, path: str, scope: _Scope) -> Part:
        name = item.name
        self.parts += 1
        if isinstance(item, Group):
            parts = self._parts(item.body, path, scope)
            block = Block(path, name.text, "", parts, item.rules, item.outputs, (), "group", name.span)
            return Part(path, name.text, "group", None, block, item.sources, name.span, (name.span,))
        component = nested = None
        called = _called(item.component)
        if called is not None and called.name.text in self.models and called.name.text not in registry():
            nested = self._nested(called, item, path, scope)
        else:
            component = self._component(item, scope)
        return Part(path, name.text, item.role, component, nested, item.sources, name.span, _places(item.component))

    def _too_large(self, path: str, span: Span) -> bool:
        """Whether to unfold no further; said once."""
        deep, many = path.count(".") >= DEEPEST, self.parts > MOST_PARTS
        bound = f"goes more than {DEEPEST} levels deep" if deep else f"has more than {MOST_PARTS:,} parts"
        if (deep or many) and not any(finding.code == "CL109" for finding in self.found):
            self.found.report("CL109", f"the model {bound}", span, "use fewer models inside each other")
        return deep or many

    def _component(self, node: Node, scope: _Scope) -> Component | None:
        try:
            return make_component(node.component, node.role, scope.parameters, self.models)
        except ComponentError as error:
            self.found += error.diagnostics
        except EvaluationError as error:
            self.found.append(error.diagnostic)
        return None

    def _nested(self, called: Call, node: Node, path: str, scope: _Scope) -> Block | None:
        model = self.models[called.name.text]
        name = model.name.text
        if name in scope.users:
            chain = " → ".join([*scope.users[scope.users.index(name) :], name])
            help = "a model can only hold other models"
            self.found.report("CL104", f"model {name} contains itself: {chain}", called.name.span, help)
            return None
        if node.role == "input":
            help = "such as `image(1, 28, 28)`"
            self.found.report("CL206", f"model {name} cannot stand as an input", called.span, help)
            return None
        if self._too_large(path, called.name.span):
            return None
        given = self._model_arguments(model, called, scope.parameters)
        return None if given is None else self.block_of_model(model, path, _Scope(given, (*scope.users, name)))

    def _model_arguments(
        self, model: Model, called: Call, parameters: Mapping[str, Scalar]
    ) -> dict[str, Scalar] | None:
        """The parameters with which a model is used; None where something is wrong with them."""
        try:
            given = default_parameters(model)
        except EvaluationError as error:
            self.found.append(error.diagnostic)
            return None
        placed, problems = place_arguments(model.name.text, called.span, called.arguments, list(given))
        found = Findings(problems)
        for name, argument in placed.items():
            try:
                value = evaluate(argument.value, parameters)
            except EvaluationError as error:
                found.append(error.diagnostic)
                continue
            if problem := parameter_problem(name, given[name], value):
                found.report("CL203", problem, argument.value.span)
            given[name] = fitted(given[name], value)
        self.found += found
        return None if found else given


def _places(value: Value) -> tuple[Span, ...]:
    """Where a component is written, then where each item of a list is."""
    return (value.span, *(item.span for item in value.items)) if isinstance(value, ListValue) else (value.span,)


def _called(value: Value) -> Call | None:
    if isinstance(value, Call):
        return value
    return Call(name=value, arguments=(), span=value.span) if isinstance(value, Name) else None
