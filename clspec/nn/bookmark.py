# pyright: standard
"""Where a growing part stood before it grew: what is new since, and the way back."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import cast

from torch import nn
from torch.nn import Parameter


class Bookmark:
    """A part before it grows; going back is nothing yet, and so is what is new.

    A part that only appends gives an `Appending`, which takes the same time however much was there; of any other part
    all names are compared (`Compared`), and the whole model is remembered for the way back.
    """

    def back(self) -> None:
        """Puts the part back as it was."""

    def fresh(self) -> dict[str, Parameter]:
        """The parameters that are new since, by their names in the part."""
        return dict(self._fresh())

    def modules(self) -> Iterator[tuple[str, nn.Module]]:
        """The submodules that are new since, with their names in the part."""
        yield from ()

    def _fresh(self) -> Iterator[tuple[str, Parameter]]:
        yield from ()


class Compared(Bookmark):
    """Any part: what is new is what was not there."""

    def __init__(self, part: nn.Module) -> None:
        self.part = part
        self._modules = set(part.modules())
        self._parameters = {id(parameter) for parameter in part.parameters()}

    def modules(self) -> Iterator[tuple[str, nn.Module]]:
        return ((name, module) for name, module in self.part.named_modules() if module not in self._modules)

    def _fresh(self) -> Iterator[tuple[str, Parameter]]:
        named = self.part.named_parameters()
        return ((name, parameter) for name, parameter in named if id(parameter) not in self._parameters)


class Appending(Bookmark):
    """A part whose growth replaces own attributes and appends to its series, and does nothing else.

    `first` says that the first item may gain parameters too, `inside` are the bookmarks of items that may grow
    themselves, by position, and `then` is what else going back takes.
    """

    def __init__(
        self,
        part: nn.Module,
        *,
        first: bool = False,
        inside: Mapping[int, Bookmark] | None = None,
        then: Callable[[], None] | None = None,
    ) -> None:
        self.part, self.inside, self.then = part, inside or {}, then
        self._attributes = dict(vars(part))
        self._series: nn.ModuleList | None = None
        series: str | None = getattr(part, "SERIES", None)
        if series is not None:
            self._series = cast(nn.ModuleList, part._modules.get(series) or part.get_submodule(series))
            self._name, self._count = series, len(self._series)
        self._first = dict(self._series[0]._parameters) if first and self._series else {}

    def back(self) -> None:
        for each in self.inside.values():
            each.back()
        if self._series is not None:
            del self._series[self._count :]
        if self._first and self._series is not None:
            self._series[0]._parameters.update(self._first)
        vars(self.part).update(self._attributes)
        if self.then is not None:
            self.then()

    def modules(self) -> Iterator[tuple[str, nn.Module]]:
        for at, item in self._appended():
            if not item._modules:
                yield f"{self._name}.{at}", item
            else:
                yield from item.named_modules(prefix=f"{self._name}.{at}")
        for at, each in self.inside.items():
            for name, module in each.modules():
                yield f"{self._name}.{at}.{name}", module

    def _fresh(self) -> Iterator[tuple[str, Parameter]]:
        if self._series is None:
            return
        for name, parameter in self._series[0]._parameters.items() if self._first else ():
            if parameter is not None and parameter is not self._first[name]:
                yield f"{self._name}.0.{name}", parameter
        for at, each in self.inside.items():
            for name, parameter in each.fresh().items():
                yield f"{self._name}.{at}.{name}", parameter
        for at, item in self._appended():
            yield from _named(item, f"{self._name}.{at}")

    def _appended(self) -> Iterator[tuple[int, nn.Module]]:
        if self._series is not None:
            for at in range(self._count, len(self._series)):
                yield at, self._series[at]


def _named(item: nn.Module, prefix: str) -> Iterator[tuple[str, Parameter]]:
    """Its parameters; torch's own walk costs ten times what one without submodules takes."""
    if item._modules:
        return item.named_parameters(prefix)
    return ((f"{prefix}.{name}", each) for name, each in item._parameters.items() if each is not None)
