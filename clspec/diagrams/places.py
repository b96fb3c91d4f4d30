"""Where the parts of a model are written: in which file of a spec, and to which line."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

from clspec.ir.spec import Group, Node, Spec
from clspec.source import Span


@dataclass(frozen=True)
class Places:
    """The statements of a spec and of the files that it uses.

    A file is called by its path from the spec's folder; the spec itself is "".
    """

    spec: Spec

    @cached_property
    def texts(self) -> Mapping[str, str]:
        """The files in the order of their use."""
        return {file: spec.span.source.text for file, spec in self._files.items()}

    def file(self, place: Span) -> str:
        return self._names.get(id(place.source), "")

    def end(self, name: Span) -> int:
        """The last line of the statement that defines this name; 0 where there is none."""
        return self._ends.get((id(name.source), name.start), 0)

    @cached_property
    def _files(self) -> Mapping[str, Spec]:
        found = {"": self.spec}
        pending = [*self.spec.used]
        while pending:
            used = pending.pop(0)
            if used is not None and used.key not in found:
                found[used.key] = used
                pending += used.used
        return found

    @cached_property
    def _names(self) -> Mapping[int, str]:
        return {id(spec.span.source): file for file, spec in self._files.items()}

    @cached_property
    def _ends(self) -> Mapping[tuple[int, int], int]:
        bodies = [model.body for spec in self._files.values() for model in spec.models]
        statements = (item for body in bodies for item in _statements(body))
        return {(id(item.name.span.source), item.name.span.start): item.span.end_line for item in statements}


def _statements(body: Sequence[Node | Group]) -> Iterator[Node | Group]:
    for item in body:
        yield item
        yield from _statements(item.body) if isinstance(item, Group) else ()
