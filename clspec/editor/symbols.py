"""Every name in a spec: what it stands for, where it is given and where it is used."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from clspec.analyses.lookup import Found, Models, alias_of
from clspec.components import registry
from clspec.ir import values
from clspec.ir.rules import PathPart, Reference
from clspec.ir.spec import Group, Model, Node, Spec
from clspec.ir.values import Argument, Arithmetic, Call, Identifier, Name, Negation, Value
from clspec.source import Span

What = Literal["model", "parameter", "part", "stream", "file", "kind", "argument", "inside"]


@dataclass(frozen=True)
class Symbol:
    """What a name stands for: its path from the file that gives it, such as (model, group, part).

    `file` is "" for what the language itself gives: a kind, or an argument of one (kind, argument). What lies inside a
    backbone is given nowhere in the text: (model, ..., backbone, path).
    """

    what: What
    file: str
    path: tuple[str, ...]

    @property
    def name(self) -> str:
        return self.path[-1]


@dataclass(frozen=True)
class Occurrence:
    """A name at a place. `gives`: there it is given to what it stands for."""

    symbol: Symbol
    span: Span
    gives: bool = False


@dataclass(frozen=True)
class Scope:
    """A body in which names are looked up: of a model, or of a group, which sees what it reads of the outer one."""

    model: Found
    path: tuple[str, ...]
    block: Model | Group
    outer: Scope | None = None

    @property
    def file(self) -> str:
        return self.model.scope.spec.file

    @property
    def sources(self) -> Sequence[Reference]:
        """What the body reads of the outer one, and knows by its name."""
        return self.block.sources if isinstance(self.block, Group) else ()

    def part(self, name: str) -> Node | Group | None:
        return next((each for each in self.block.body if each.name.text == name), None)

    def find(self, name: str) -> Place | None:
        """The part that a name means here."""
        if self.outer is not None and any(source.parts[0].text == name for source in self.sources):
            return self.outer.find(name)
        return self.own(name)

    def own(self, name: str) -> Place | None:
        part = self.part(name)
        return None if part is None else Place(self, part)


@dataclass(frozen=True)
class Place:
    """A part in the scope that it is given in."""

    scope: Scope
    part: Node | Group

    @property
    def symbol(self) -> Symbol:
        return Symbol("part", self.scope.file, (*self.scope.path, self.part.name.text))

    @property
    def inside(self) -> Scope | None:
        """The scope that a part is: a group, or a model that is used as one."""
        scope, part = self.scope, self.part
        if isinstance(part, Group):
            return Scope(scope.model, (*scope.path, part.name.text), part, scope)
        name = part.component.name if isinstance(part.component, Call) else part.component
        found = scope.model.scope.find(name) if isinstance(name, Name) and name.text not in registry() else None
        return None if found is None else scope_of(found)


def scope_of(found: Found) -> Scope:
    """The body of a model."""
    return Scope(found, (found.model.name.text,), found.model)


def way(first: Place | None, steps: Sequence[PathPart]) -> list[Place]:
    """The parts that a path leads through, from the one that its first step means to the last that is a part."""
    places: list[Place] = []
    place = first
    for step in [*steps[1:], None]:
        if place is None:
            break
        places.append(place)
        inner = place.inside
        place = None if inner is None or step is None else inner.own(step.text)
    return places


def occurrences(spec: Spec) -> Iterator[Occurrence]:
    """The names of a file, in its one spelling (`canonical`), without those that are only in files it uses."""
    models = Models(spec)
    for use in spec.uses:
        span = use.alias.span if use.alias else use.path.span
        yield Occurrence(Symbol("file", spec.file, (alias_of(use),)), span, gives=True)
    for stream in spec.streams:
        yield Occurrence(Symbol("stream", spec.file, (stream.name.text,)), stream.name.span, gives=True)
        yield from _Names(models, {}).value(stream.maker)
    for model in spec.models:
        yield Occurrence(Symbol("model", spec.file, (model.name.text,)), model.name.span, gives=True)
        yield from _Names(models, _parameters(spec, model)).model(Found(model, models))


def symbol_at(names: Iterable[Occurrence], offset: int) -> Occurrence | None:
    """The name at a place of a text, or just before it; the innermost of several."""
    here = [each for each in names if each.span.start <= offset <= each.span.end]
    return min(here, key=lambda each: each.span.end - each.span.start, default=None)


def _parameters(spec: Spec, model: Model) -> dict[str, Symbol]:
    names = [parameter.name.text for parameter in model.parameters]
    return {name: Symbol("parameter", spec.file, (model.name.text, name)) for name in names}


@dataclass(frozen=True)
class _Names:
    """Walks what is written, where these models and parameters are known."""

    models: Models
    parameters: Mapping[str, Symbol]

    def model(self, found: Found) -> Iterator[Occurrence]:
        for parameter in found.model.parameters:
            yield Occurrence(self.parameters[parameter.name.text], parameter.name.span, gives=True)
            yield from self.value(parameter.default)
        yield from self.scope(scope_of(found))
        for budget in found.model.budgets:
            yield from self.value(budget.limit)
            if budget.stream is not None:
                symbol = Symbol("stream", self.models.spec.file, (budget.stream.text,))
                yield Occurrence(symbol, budget.stream.span)

    def scope(self, scope: Scope) -> Iterator[Occurrence]:
        for part in scope.block.body:
            place = Place(scope, part)
            yield Occurrence(place.symbol, part.name.span, gives=True)
            for source in part.sources:
                yield from _reference(scope.find(source.parts[0].text), source.parts)
            if isinstance(part, Node):
                yield from self.value(part.component)
            elif place.inside is not None:
                yield from self.scope(place.inside)
        for action in (action for rule in scope.block.rules for action in rule.actions):
            for target in action.targets:
                yield from _reference(scope.find(target.parts[0].text), target.parts)
                for bound in filter(None, (action.until, action.since)):
                    yield from _bound(scope, target, bound)
        for named in (named for output in scope.block.outputs for named in output.names):
            yield from _reference(scope.find(named.parts[0].text), named.parts)

    def value(self, value: Value) -> Iterator[Occurrence]:
        match value:
            case Call():
                yield from self.name(value.name)
                for argument in value.arguments:
                    yield from self.argument(value.name, argument)
            case Name():
                yield from self.name(value)
            case values.Sequence():
                for item in value.items:
                    yield from self.value(item)
            case Arithmetic():
                yield from self.value(value.left)
                yield from self.value(value.right)
            case Negation():
                yield from self.value(value.operand)
            case _:
                pass

    def argument(self, callee: Name, argument: Argument) -> Iterator[Occurrence]:
        name = argument.name
        if name is not None and name.span != argument.span:  # else it is known by its position, and stands nowhere
            yield Occurrence(self.of_argument(callee, name), name.span)
        yield from self.value(argument.value)

    def of_argument(self, callee: Name, name: Identifier) -> Symbol:
        found = None if callee.text in registry() else self.models.find(callee)
        if found is None:
            return Symbol("argument", "", (callee.text, name.text))
        return Symbol("parameter", found.scope.spec.file, (found.model.name.text, name.text))

    def name(self, name: Name) -> Iterator[Occurrence]:
        first, *rest = name.parts
        found = self.models.find(name)
        if not rest and first.text in self.parameters:
            yield Occurrence(self.parameters[first.text], first.span)
        elif name.text in registry() or name.text == "split":
            yield Occurrence(Symbol("kind", "", (name.text,)), name.span)
        elif rest and first.text in self.models.used:
            yield Occurrence(Symbol("file", self.models.spec.file, (first.text,)), first.span)
        if found is not None and name.text not in registry():
            symbol = Symbol("model", found.scope.spec.file, (found.model.name.text,))
            yield Occurrence(symbol, name.parts[-1].span)


def _reference(first: Place | None, steps: Sequence[PathPart]) -> Iterator[Occurrence]:
    places = way(first, steps)
    for place, step in zip(places, steps, strict=False):
        yield Occurrence(place.symbol, step.span)
    if places:
        yield from _within(places[-1], steps[len(places) :])


def _bound(scope: Scope, target: Reference, bound: Reference) -> Iterator[Occurrence]:
    """`until stage2`: a path that goes on where the target ends."""
    places = way(scope.find(target.parts[0].text), target.parts)
    if not places:
        return
    rest = target.parts[len(places) :]
    inner = None if rest else places[-1].inside
    if inner is not None:
        yield from _reference(inner.own(bound.parts[0].text), bound.parts)
    else:
        yield from _within(places[-1], bound.parts, rest)


def _within(backbone: Place, steps: Sequence[PathPart], above: Sequence[PathPart] = ()) -> Iterator[Occurrence]:
    if steps:
        path = ".".join(step.text for step in (*above, *steps))
        symbol = Symbol("inside", backbone.scope.file, (*backbone.symbol.path, path))
        yield Occurrence(symbol, steps[0].span.to(steps[-1].span))
