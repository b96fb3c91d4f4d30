"""Which model a name means: one of the file, or one of a file that it uses."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import PurePosixPath

from clspec.analyses.streams import ARGUMENTS
from clspec.components import registry
from clspec.components.arguments import arguments_of
from clspec.ir.spec import Model, Spec, Use
from clspec.ir.values import Name

ModelKey = tuple[str, str]
"""What tells models of several files apart: the file's key and the model's name."""


@dataclass(frozen=True)
class Found:
    """A model that a name means, and what its own body can name."""

    model: Model
    scope: Models

    @property
    def key(self) -> ModelKey:
        return self.scope.spec.key, self.model.name.text


class Models:
    """The models that a body can name: those of its file, and as ALIAS.NAME those of the files that it uses."""

    def __init__(self, spec: Spec) -> None:
        self.spec = spec
        self.own = spec.by_name

    @cached_property
    def used(self) -> Mapping[str, Models | None]:
        """What each `use` brings, by its alias; None for a file that could not be read."""
        found: dict[str, Models | None] = {}
        for use, spec in zip(self.spec.uses, self.spec.used, strict=True):
            found.setdefault(alias_of(use), None if spec is None else Models(spec))
        return found

    def find(self, name: Name) -> Found | None:
        """The model that a name means; None where it means none."""
        return self.called(name.text)

    def called(self, name: str) -> Found | None:
        """The same of a name as text."""
        alias, *rest = name.split(".")
        if not rest:
            return Found(self.own[alias], self) if alias in self.own else None
        scope = self.used.get(alias)
        if scope is None or len(rest) > 1 or rest[0] not in scope.own:
            return None
        return Found(scope.own[rest[0]], scope)

    def unread(self, name: Name) -> bool:
        """Whether a name is of a file that could not be read, which was told already."""
        alias = name.parts[0].text
        return len(name.parts) > 1 and alias in self.used and self.used[alias] is None

    @cached_property
    def names(self) -> list[str]:
        """Every name that means a model here."""
        of_files = [f"{alias}.{name}" for alias, models in self.used.items() if models for name in models.own]
        return [*self.own, *of_files]


def argument_names(callee: str, models: Models | None) -> Sequence[str] | None:
    """The arguments of a kind, a maker of streams or a model, in order; None where the callee is not known."""
    kind = registry().get(callee)
    if kind is not None:
        return tuple(arguments_of(kind))
    found = None if models is None else models.called(callee)
    if found is not None:
        return [parameter.name.text for parameter in found.model.parameters]
    return tuple(ARGUMENTS) if callee == "split" else None


def alias_of(use: Use) -> str:
    """The name by which a used file's models are known: what `as` says, else the file's own."""
    return use.alias.text if use.alias else PurePosixPath(use.path.value).stem
