"""Gives a spec its one spelling: two specs that say the same are then equal, in whichever syntax they were written."""

from __future__ import annotations

from collections.abc import Iterator, Sequence, Set
from dataclasses import dataclass, field, replace

from clspec.analyses.components import takes_component
from clspec.analyses.lookup import ModelKey, Models, argument_names
from clspec.components import registry
from clspec.components.arguments import arguments_of
from clspec.ir import values
from clspec.ir.rules import WrittenRule
from clspec.ir.spec import Group, Model, Node, Spec, Stream
from clspec.ir.values import Argument, Call, Identifier, Name, Text, Value


def canonical(spec: Spec) -> Spec:
    """The spec with every argument by its name, every bare kind as a call, and each rule's place told by what matters.

    A call of something unknown stays as it is: names are resolved later. A rule's place among the parts matters where
    they have rules of their own, so only those count.
    """
    return _Files().file(spec)


@dataclass
class _Files:
    done: dict[int, Spec] = field(default_factory=dict[int, Spec])
    with_rules: set[ModelKey] = field(default_factory=set["ModelKey"])

    def file(self, spec: Spec) -> Spec:
        """A file and those that it uses, each once however many use it."""
        if id(spec) not in self.done:
            used = tuple(None if each is None else self.file(each) for each in spec.used)
            models = Models(replace(spec, used=used))
            self.with_rules |= _with_rules(models, self.with_rules)
            self.done[id(spec)] = Speller(models, self.with_rules).spec(models.spec)
        return self.done[id(spec)]


def _with_rules(models: Models, known: Set[ModelKey]) -> set[ModelKey]:
    """The models of a file that have rules of their own, or hold models that do. `known` are those of used files."""
    users: dict[ModelKey, list[ModelKey]] = {}
    pending: list[ModelKey] = []
    for model in models.spec.models:
        key = (models.spec.key, model.name.text)
        nested = [each.key for name in _called(model.body) if (each := models.find(name)) is not None]
        if any(scope.rules for scope in _scopes(model)) or not known.isdisjoint(nested):
            pending.append(key)
        for inner in nested:
            users.setdefault(inner, []).append(key)
    found: set[ModelKey] = set()
    while pending:
        key = pending.pop()
        if key not in found:
            found.add(key)
            pending += users.get(key, ())
    return found


def _scopes(scope: Model | Group) -> Iterator[Model | Group]:
    yield scope
    for part in scope.body:
        if isinstance(part, Group):
            yield from _scopes(part)


def _called(body: Sequence[Node | Group]) -> Iterator[Name]:
    """The names of what nodes are made of."""
    for part in body:
        if isinstance(part, Group):
            yield from _called(part.body)
        elif (name := _callee(part)) is not None:
            yield name


def _callee(node: Node) -> Name | None:
    name = node.component.name if isinstance(node.component, Call) else node.component
    return name if isinstance(name, Name) else None


@dataclass
class Speller:
    models: Models
    with_rules: Set[ModelKey]

    def spec(self, spec: Spec) -> Spec:
        streams = tuple(self.stream(stream) for stream in spec.streams)
        return replace(spec, streams=streams, models=tuple(map(self.model, spec.models)))

    def stream(self, stream: Stream) -> Stream:
        maker = self.named(stream.maker, self.names(stream.maker.name) or (), frozenset())
        return replace(stream, maker=maker)

    def model(self, model: Model) -> Model:
        own = frozenset(parameter.name.text for parameter in model.parameters)
        body = tuple(self.part(part, own) for part in model.body)
        return replace(model, body=body, rules=self.rules(model))

    def part(self, part: Node | Group, own: frozenset[str]) -> Node | Group:
        if isinstance(part, Group):
            return replace(part, body=tuple(self.part(each, own) for each in part.body), rules=self.rules(part))
        component = self.component(part.component, own)
        return part if component is part.component else replace(part, component=component)

    # ---- values

    def component(self, value: Value, own: frozenset[str]) -> Value:
        """A value where a component is meant: there a bare name calls it."""
        match value:
            case Name() if value.text not in own and self.names(value) is not None:
                return Call(name=value, arguments=(), span=value.span)
            case values.Sequence():
                items = tuple(self.component(item, own) for item in value.items)
                return value if _same(items, value.items) else replace(value, items=items)
            case Call():
                return self.named(value, self.names(value.name) or (), own)
            case _:
                return value

    def names(self, name: Name) -> Sequence[str] | None:
        return argument_names(name.text, self.models)

    def named(self, call: Call, names: Sequence[str], own: frozenset[str]) -> Call:
        arguments: list[Argument] = []
        for position, argument in enumerate(call.arguments):
            name = argument.name
            if name is None and position < len(names):
                name = Identifier(text=names[position], span=argument.span)
            value = self.component(self.meant(call, name, argument.value), own)
            same = value is argument.value and name is argument.name
            arguments.append(argument if same else Argument(name=name, value=value, span=argument.span))
        order = {name: position for position, name in enumerate(names)}
        arguments.sort(key=lambda each: order.get(each.name.text, len(order)) if each.name else len(order))
        return call if _same(arguments, call.arguments) else replace(call, arguments=tuple(arguments))

    def meant(self, call: Call, name: Identifier | None, value: Value) -> Value:
        """An argument's value; in YAML a bare word is a string, and where a component is wanted means that one."""
        kind = registry().get(call.name.text)
        field = None if kind is None or name is None else arguments_of(kind).get(name.text)
        if self.models.spec.syntax != "yaml" or field is None or not takes_component(field):
            return value
        return self.called(value)

    def called(self, value: Value) -> Value:
        """What a string, or the strings of a list, call."""
        if isinstance(value, values.Sequence):
            items = tuple(map(self.called, value.items))
            return value if _same(items, value.items) else replace(value, items=items)
        if not isinstance(value, Text):
            return value
        parts = tuple(Identifier(text=each, span=value.span) for each in value.value.split("."))
        name = Name(parts=parts, span=value.span)
        return value if self.names(name) is None else Call(name=name, arguments=(), span=value.span)

    def with_calls(self, value: Value, own: frozenset[str]) -> Value:
        """A value as it is written, but for bare words that mean a component: strings of YAML, names of clspec."""
        match value:
            case Name() if self.models.spec.syntax == "clspec":
                return self.component(value, own)
            case Call():
                names = self.names(value.name) or ()
                arguments: list[Argument] = []
                for position, argument in enumerate(value.arguments):
                    unsaid = Identifier(text=names[position], span=argument.span) if position < len(names) else None
                    inner = self.with_calls(self.meant(value, argument.name or unsaid, argument.value), own)
                    arguments.append(argument if inner is argument.value else replace(argument, value=inner))
                return value if _same(arguments, value.arguments) else replace(value, arguments=tuple(arguments))
            case values.Sequence():
                items = tuple(self.with_calls(item, own) for item in value.items)
                return value if _same(items, value.items) else replace(value, items=items)
            case _:
                return value

    # ---- the place of rules

    def rules(self, scope: Model | Group) -> tuple[WrittenRule, ...]:
        if not scope.rules:
            return ()
        counted = [0]
        for part in scope.body:
            counted.append(counted[-1] + self.has_rules(part))
        return tuple(replace(rule, parts_above=counted[rule.parts_above]) for rule in scope.rules)

    def has_rules(self, part: Node | Group) -> bool:
        """Whether a part has rules of its own, however deep inside."""
        if isinstance(part, Group):
            return any(bool(scope.rules) for scope in _scopes(part)) or any(map(self.called_has, _called(part.body)))
        name = _callee(part)
        return name is not None and self.called_has(name)

    def called_has(self, name: Name) -> bool:
        found = self.models.find(name)
        return found is not None and found.key in self.with_rules


def _same(one: Sequence[object], other: Sequence[object]) -> bool:
    return len(one) == len(other) and all(a is b for a, b in zip(one, other, strict=True))
