"""What is offered for what is wanted."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any, Literal

from clspec.analyses.lookup import Found, Models
from clspec.catalogue import pytorchcv_catalogue
from clspec.components import registry
from clspec.editor.completion.insides import insides
from clspec.editor.completion.paths import spec_paths
from clspec.editor.completion.wanted import Wanted
from clspec.editor.symbols import Place, Scope, scope_of, way
from clspec.editor.view import View
from clspec.ir.rules import PathPart
from clspec.ir.spec import Group, Spec
from clspec.reference import ArgumentReference, kinds
from clspec.source import Span

Looks = Literal["word", "component", "model", "part", "parameter", "argument", "value", "stream", "file", "inside"]


@dataclass(frozen=True)
class Offer:
    """One thing to write: `text` is put in, with the cursor behind it, or between the brackets of what is `called`."""

    label: str
    looks: Looks
    detail: str = ""
    text: str = ""
    called: bool = False

    @property
    def written(self) -> str:
        return self.text or self.label


def offers(view: View, known: View | None, wanted: Wanted) -> list[Offer]:
    """What can be written, with names of what is `known`; the editor sorts and sieves by what was begun."""
    if wanted.what == "file":
        return [Offer(path, "file") for path in spec_paths(view.source.folder, wanted.begun, view.desk)]
    words = [Offer(word.strip(), "word", text=word) for word in wanted.words]
    return [*words, *_Finder(view.syntax == "yaml", known, wanted).offers()]


@dataclass(frozen=True)
class _Finder:
    """Looks names up."""

    yaml: bool
    known: View | None
    wanted: Wanted

    @property
    def spec(self) -> Spec | None:
        return None if self.known is None else self.known.spec

    def offers(self) -> Iterator[Offer]:
        match self.wanted.what:
            case "component":
                yield from self.components((self.wanted.role,))
            case "argument":
                yield from self.arguments()
            case "value":
                yield from self.values(self.argument)
            case "parameter":
                yield from self.parameters()
            case "text":
                yield from self.texts()
            case "source":
                yield from self.parts(lambda place: not isinstance(place.part, Group) and place.part.role == "head")
            case "target":
                yield from self.parts(lambda place: False)
            case "output":
                yield from self.parts(lambda place: not isinstance(place.part, Group) and place.part.role == "input")
            case "inside":
                yield from self.inside()
            case "stream":
                yield from (Offer(each.name.text, "stream") for each in (self.spec.streams if self.spec else ()))
            case _:
                pass

    # ---- parts

    @property
    def scope(self) -> Scope | None:
        """The body in which it is wanted."""
        model = self.spec.by_name.get(self.wanted.scope[0]) if self.spec and self.wanted.scope else None
        scope = None if model is None or self.spec is None else scope_of(Found(model, Models(self.spec)))
        for name in self.wanted.scope[1:]:
            place = None if scope is None else scope.own(name)
            scope = None if place is None else place.inside
        return scope

    def parts(self, left_out: Callable[[Place], bool]) -> Iterator[Offer]:
        scope = self.scope
        if scope is None:
            return
        names = [each.name.text for each in scope.block.body]
        names += [source.parts[0].text for source in scope.sources if self.wanted.what == "source"]
        for name in dict.fromkeys(names):
            place = scope.find(name)
            if place is not None and name != self.wanted.own and not left_out(place):
                yield Offer(name, "part", _described(place))

    def inside(self) -> Iterator[Offer]:
        """What stands behind a dot: the models of a file, the parts of a group or model, submodules of a backbone."""
        first, *rest = self.wanted.path.split(".")
        models = None if self.spec is None else Models(self.spec).used.get(first)
        if models is not None and not rest:
            yield from (Offer(name, "model", called=not self.yaml) for name in models.own)
        scope = self.scope
        place = None if scope is None else scope.find(first)
        if place is None or self.known is None:
            return
        steps = [PathPart(text=step, span=place.part.name.span) for step in (first, *rest)]
        places = way(place, steps)
        inner = places[-1].inside
        if inner is not None and len(places) == len(steps):
            yield from (Offer(each.name.text, "part") for each in inner.block.body)
        else:
            above = ".".join(step.text for step in steps[len(places) :])
            for path, shape in insides(self.known, places[-1].part.name.span, above):
                yield Offer(path, "inside", shape)

    # ---- components and their arguments

    def components(self, roles: Iterable[str]) -> Iterator[Offer]:
        """The kinds and models that can stand in one of the roles."""
        wanted = set(roles)
        if "stream" in wanted:
            yield Offer("split", "component", kinds()["split"].summary, called=not self.yaml)
        for kind in kinds().values():
            if wanted & set(kind.roles):
                yield Offer(kind.name, "component", kind.summary, called=not self.yaml)
        if self.spec is None or not wanted & {"backbone", "neck", "head"}:
            return
        for name in Models(self.spec).names:
            if name not in self.wanted.scope[:1]:
                yield Offer(name, "model", called=not self.yaml)

    @property
    def known_arguments(self) -> list[ArgumentReference]:
        """Those of the callee, in order."""
        kind = kinds().get(self.wanted.callee)
        if kind is not None:
            return list(kind.arguments)
        found = None if self.spec is None else Models(self.spec).called(self.wanted.callee)
        parameters = () if found is None else found.model.parameters
        return [_of_parameter(each.name.text, each.default.span) for each in parameters]

    @property
    def argument(self) -> ArgumentReference | None:
        """The argument in which the cursor stands."""
        known, which = self.known_arguments, self.wanted.argument
        if isinstance(which, int):
            return known[which] if which < len(known) else None
        return next((each for each in known if each.name == which), None)

    def arguments(self) -> Iterator[Offer]:
        """Names of arguments that are not given yet, and values for the one whose turn it is."""
        sign = ": " if self.yaml else "="
        for each in self.known_arguments:
            if each.name not in self.wanted.given:
                yield Offer(f"{each.name}{sign.strip()}", "argument", each.words, f"{each.name}{sign}")
        if not self.yaml and not self.wanted.given:
            yield from self.values(self.argument)

    def values(self, argument: ArgumentReference | None) -> Iterator[Offer]:
        known = list(_choices(argument.type if argument else {}))
        yield from (Offer("null" if self.yaml and choice == "none" else choice, "value") for choice in known)
        kind = registry().get(self.wanted.callee)
        if kind is not None and argument is not None and _holds_component(argument.type):
            yield from self.components(kind.holds or ("neck",))
        yield from (replace(each, text=f'"${{{each.label}}}"') if self.yaml else each for each in self.parameters())
        if self.yaml:  # where a plain word is a string
            yield from (each for each in self.texts() if f'"{each.label}"' not in known)

    def parameters(self) -> Iterator[Offer]:
        model = self.spec.by_name.get(self.wanted.scope[0]) if self.spec and self.wanted.scope else None
        for parameter in model.parameters if model else ():
            yield Offer(parameter.name.text, "parameter", parameter.default.span.text)

    def texts(self) -> Iterator[Offer]:
        """What can stand inside the quotes of a string."""
        argument = self.argument
        if self.wanted.callee == "pytorchcv" and argument is not None and argument.name == "name":
            yield from (Offer(name, "value") for name in pytorchcv_catalogue().names)
        for choice in _choices(argument.type if argument else {}):
            if choice.startswith('"'):
                yield Offer(choice.strip('"'), "value")


def _described(place: Place) -> str:
    part = place.part
    return "group" if isinstance(part, Group) else f"{part.role} {part.component.span.text}".partition("\n")[0]


def _of_parameter(name: str, default: Span) -> ArgumentReference:
    return ArgumentReference(name, {"type": default.text}, required=False)


def _choices(schema: Mapping[str, Any]) -> Iterator[str]:
    """The values that a type leaves a choice of."""
    for each in schema.get("anyOf", [schema]):
        yield from (f'"{value}"' for value in each.get("enum", [each["const"]] if "const" in each else []))
        if each.get("type") == "boolean":
            yield from ("true", "false")
        if each.get("type") == "null":
            yield "none"


def _holds_component(schema: Mapping[str, Any]) -> bool:
    return "$ref" in schema or "$ref" in schema.get("items", {}) or any(map(_holds_component, schema.get("anyOf", ())))
