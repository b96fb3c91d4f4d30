"""The Python calls that build components."""

from __future__ import annotations

from dataclasses import dataclass, field, replace


@dataclass(frozen=True)
class Construct:
    """The Python call that builds a component: `name` of `module` with these arguments.

    With `factory`, what is passed on is the callable that makes it, not the thing made. `blueprint` is that of a model
    of the spec, whose class is written into the module: it then has no `module`.
    """

    module: str
    name: str
    positional: tuple[Expression, ...] = ()
    named: tuple[tuple[str, Expression], ...] = ()
    factory: bool = field(default=False, kw_only=True)
    blueprint: object = field(default=None, kw_only=True, compare=False)

    def as_factory(self) -> Construct:
        """What makes such a thing anew at every call, without sharing any part of it."""
        inside = [each.as_factory() for each in self.positional if isinstance(each, Construct)]
        if not inside:
            return replace(self, factory=True)
        return Construct("clspec.nn", "fresh", (Construct(self.module, self.name, factory=True), *inside), factory=True)


Expression = int | float | str | bool | None | Construct | tuple[int | float | str | bool | None, ...]


def call(module: str, name: str, *positional: Expression, **named: Expression) -> Construct:
    return Construct(module, name, positional, tuple(named.items()))
