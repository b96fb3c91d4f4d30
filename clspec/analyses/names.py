"""Resolves names: makes the components of a model, unfolds the models and groups inside it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

from clspec.analyses.arguments import place_arguments
from clspec.analyses.components import ComponentError, called, make_component
from clspec.analyses.evaluate import Constant, EvaluationError, evaluate_constant
from clspec.analyses.identifiers import check_identifier
from clspec.analyses.limits import limits_of
from clspec.analyses.lookup import Found, ModelKey, Models
from clspec.analyses.model_component import ModelComponent
from clspec.analyses.models import check_unique, default_parameters, parameter_problem
from clspec.analyses.program import Block, Part
from clspec.components import registry
from clspec.components.base import Component
from clspec.diagnostics import OF_VALUES, Diagnostic, Findings, Related
from clspec.ir.spec import Group, Model, Node, Role
from clspec.ir.values import Call, Name, Value
from clspec.ir.values import Sequence as ListValue
from clspec.source import Span


def resolve_names(
    models: Models, model: Model, parameters: Mapping[str, Constant], allow_imports: Sequence[str] = ()
) -> tuple[Block, list[Diagnostic]]:
    """A model of the file with these parameters as a tree of parts. What could not be made stays, as a broken part."""
    resolver, found = _Resolver(tuple(allow_imports)), Found(model, models)
    block = resolver.block_of_model(found, "", _Scope(parameters, found.scope, {found.key: None}))
    return block, resolver.found


DEEPEST = 100
"""Levels of models and groups in each other."""
MOST_PARTS = 5_000
"""Of one model, all levels together: models that use each other twice double what they hold at every level."""
OF_ARGUMENTS = (*OF_VALUES, "CL112", "CL206", "CL210", "CL211", "CL212")
"""Codes of what may be wrong with a model's body because of the arguments that it is used with."""
MOST_LAYERS = 100_000
"""Of one model, counted in torch modules: a part may be a list of layers, or a network of a thousand."""


@dataclass(frozen=True)
class _Scope:
    """What a body sees: the parameters of its model, other models, and the chain of models that it is unfolded in.

    `users` are these models, outermost first, each with the place where it is used; the model itself is nowhere.
    """

    parameters: Mapping[str, Constant]
    models: Models
    users: Mapping[ModelKey, Span | None]

    def offered(self) -> list[str]:
        """The models that can stand here: none of those that it is unfolded in."""
        return [name for name in self.models.names if (self.models.spec.key, name) not in self.users]


@dataclass
class _Resolver:
    allow_imports: tuple[str, ...]
    found: Findings = field(default_factory=Findings)
    parts: int = 0
    layers: int = 0
    told_too_large: bool = False

    def block_of_model(self, found: Found, path: str, scope: _Scope) -> Block:
        model = found.model
        parts = self._parts(model.body, path, scope)
        doc = model.doc.value if model.doc else ""
        limits, problems = limits_of(model.budgets, scope.models.spec, scope.parameters)
        self.found += problems
        return Block(
            path, model.name.text, doc, parts, model.rules, model.outputs, tuple(limits), "model", model.name.span
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
        if self._too_large(path, name.span):
            return Part(path, name.text, _role(item), None, None, item.sources, name.span, (name.span,))
        if isinstance(item, Group):
            parts = self._parts(item.body, path, scope)
            block = Block(path, name.text, "", parts, item.rules, item.outputs, (), "group", name.span)
            return Part(path, name.text, "group", None, block, item.sources, name.span, (name.span,))
        component = nested = None
        call = _called(item.component)
        found = None if call is None or call.name.text in registry() else scope.models.find(call.name)
        if call is not None and found is not None:
            nested = self._nested(found, call, item, path, scope)
        else:
            component = self._component(item, path, scope)
        places, inner = _places(item.component), _inner_places(item.component)
        return Part(path, name.text, item.role, component, nested, item.sources, name.span, places, inner)

    def _too_large(self, path: str, span: Span) -> bool:
        """Whether to unfold no further; said once."""
        bounds = {
            f"goes more than {DEEPEST} levels deep": path.count(".") >= DEEPEST,
            f"has more than {MOST_PARTS:,} parts": self.parts > MOST_PARTS,
            f"has more than {MOST_LAYERS:,} layers": self.layers > MOST_LAYERS,
        }
        broken = next((words for words, is_broken in bounds.items() if is_broken), None)
        if broken is not None and not self.told_too_large:
            self.told_too_large = True
            self.found.report("CL109", f"the model {broken}", span, "use fewer models inside each other")
        return broken is not None

    def _component(self, node: Node, path: str, scope: _Scope) -> Component | None:
        try:
            component = make_component(
                node.component,
                node.role,
                scope.parameters,
                scope.models,
                scope.offered,
                self.allow_imports,
                lambda found, call: self._inside(found, call, path, scope),
            )
            self.layers += component.modules()
            return None if self._too_large(path, node.component.span) else component
        except ComponentError as error:
            self.found += error.diagnostics
        except EvaluationError as error:
            self.found.append(error.diagnostic)
        return None

    def _inside(self, found: Found, call: Call, path: str, scope: _Scope) -> ModelComponent:
        """A model inside another component. Raises ComponentError, without findings, where these were told already."""
        block = self._unfolded(found, call, path, scope, root="")
        if block is None or any(part.broken for part in block.walk()):
            raise ComponentError
        component = ModelComponent(block=block)
        if component.findings():
            raise ComponentError(*component.findings())
        return component

    def _nested(self, found: Found, call: Call, node: Node, path: str, scope: _Scope) -> Block | None:
        if node.role == "input":
            help = "such as `image(1, 28, 28)`"
            message = f"model {found.model.name.text} cannot stand as an input"
            self.found.report("CL206", message, call.span, help)
            return None
        return self._unfolded(found, call, path, scope, root=path)

    def _unfolded(self, found: Found, call: Call, path: str, scope: _Scope, root: str) -> Block | None:
        """A model used at a path, its own parts below `root`; None where it cannot be."""
        model, key = found.model, found.key
        if key in scope.users:
            self._ring(key, call.name.span, scope)
            return None
        if self._too_large(path, call.name.span):
            return None
        given = self._model_arguments(model, call, scope.parameters)
        if given is None:
            return None
        inner = _Scope(given, found.scope, {**scope.users, key: call.name.span})
        own = found.model.span

        def because(each: Diagnostic) -> bool:
            directly = bool(call.arguments) and each.span is not None and each.span.lies_in(own)
            return each.code in OF_ARGUMENTS and (directly or bool(each.uses))

        with self.found.used_at(call.span, because):
            return self.block_of_model(found, root, inner)

    def _ring(self, key: ModelKey, place: Span, scope: _Scope) -> None:
        """Reports a model that is used inside itself; the other uses on the way are related places."""
        users = list(scope.users.items())
        ring = users[list(scope.users).index(key) :]
        chain = " → ".join(name for _, name in [*(user for user, _ in ring), key])
        others = [Related("part of the cycle", used) for _, used in ring[1:] if used is not None]
        help = "a model can only hold other models"
        self.found.report("CL104", f"model {key[1]} contains itself: {chain}", place, help, *others)

    def _model_arguments(
        self, model: Model, call: Call, parameters: Mapping[str, Constant]
    ) -> dict[str, Constant] | None:
        """The parameters with which a model is used; None where something is wrong with them."""
        try:
            defaults = default_parameters(model)
        except EvaluationError as error:
            self.found.append(error.diagnostic)
            return None
        placed, problems = place_arguments(model.name.text, call.span, call.arguments, list(defaults))
        found, given = Findings(problems), dict[str, Constant]()
        for name, argument in placed.items():
            try:
                value = evaluate_constant(argument.value, parameters)
            except EvaluationError as error:
                found.append(error.diagnostic)
                continue
            if problem := parameter_problem(name, defaults[name], value):
                found.report("CL203", problem, argument.value.span)
            given[name] = value
        try:
            if not found:
                return default_parameters(model, given)
        except EvaluationError as error:  # at a default that follows what is given
            found.append(error.diagnostic.used_at(call.span))
        self.found += found
        return None


def _role(item: Node | Group) -> Role | Literal["group"]:
    return "group" if isinstance(item, Group) else item.role


def _places(value: Value) -> tuple[Span, ...]:
    """Where a component is written, then where each item of a list is."""
    return (value.span, *(item.span for item in value.items)) if isinstance(value, ListValue) else (value.span,)


def _inner_places(value: Value) -> dict[str, Span]:
    """Where the components inside a component are written, by kind: in `per_task(cosine())` that is `cosine`."""
    found: dict[str, Span] = {}
    for argument in value.arguments if isinstance(value, Call) else ():
        inner = argument.value
        if isinstance(inner, (Call, Name)):
            found.setdefault((inner.name if isinstance(inner, Call) else inner).text, inner.span)
    return found


def _called(value: Value) -> Call | None:
    return value if isinstance(value, Call) else called(value) if isinstance(value, Name) else None
