"""What a state dict of a model holds, as grown at any time: its keys and the sizes of its tensors.

A `*` in a key stands for the numbers of generations, members or columns; a word among sizes for what growth decides.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from clspec.analyses import Analysis
from clspec.analyses.sizes import growing_parts
from clspec.components.base import Component
from clspec.components.growing import ColumnGrowth, Growth, MemberGrowth, RowGrowth, Size
from clspec.ir.construct import Construct
from clspec.ir.shapes import Shape
from clspec.ir.tensors import Tensor, Tensors

LOG = "_extra_state"
"""What a part remembers of its growth."""


@dataclass(frozen=True)
class Holder:
    """What keeps tensors in a state dict at a path: a component, with the shapes that it reads, or the model itself."""

    path: str
    component: Component | None
    inputs: tuple[Shape, ...]
    known: Tensors | None

    @property
    def construct(self) -> Construct | None:
        """What builds it: what is built alike holds the same tensors."""
        return self.component and self.component.without_weights().constructor(self.inputs)

    def tensors(self) -> Tensors:
        """Its tensors, their names below its path. Imports torch where only that can tell."""
        if self.known is not None or self.construct is None:
            return self.known or ()
        from clspec.probe import probe

        return probe(self.construct, self.inputs).tensors


def holders(analysis: Analysis) -> Mapping[str, Holder]:
    """All that a state dict of this model is made of, by path, the model's own memory first."""
    return {holder.path: holder for holder in _holders(analysis)}


def _holders(analysis: Analysis) -> Iterator[Holder]:
    yield Holder("", None, (), (_log("experiences"),))
    for part in analysis.model.walk():
        if part.component is None or part.role == "input":
            continue
        inputs = analysis.flow.inputs[part.path]
        for path, component in growing_parts(part.path, part.component):
            yield Holder(path, component, inputs, _of(analysis.sizes[path]))
        if part.component.inner():
            yield Holder(part.path, None, (), (_log("no growth"),))


def _of(growth: Growth) -> Tensors | None:
    """What is saved of a part that grows so; None where only torch can tell."""
    match growth:
        case Size():
            return growth.tensors
        case RowGrowth(row=row, shared=shared):
            return _grown("rows", shared.tensors, _rows(row.tensors))
        case MemberGrowth(member=member):
            return _grown("members", _below("members.*", _of(member)))
        case ColumnGrowth():
            parts = (growth.column, growth.lateral, growth.adapter)
            return _grown("columns", *(_below("columns.*", part.tensors) for part in parts))


def _grown(what: str, *held: Tensors | None) -> Tensors | None:
    """What it holds, and the log that says how many of what it has grown."""
    known = [tensors for tensors in held if tensors is not None]
    return tuple(each for tensors in [(_log(what),), *known] for each in tensors) if len(known) == len(held) else None


def _rows(of_class: Tensors | None) -> Tensors | None:
    """The tensors of the generations; what the first growth added to born rows (`extra_weight`) is one of them."""
    wide = None if of_class is None else tuple(each._replace(sizes=("rows", *each.sizes)) for each in of_class)
    return _below("generations.*", wide)


def _below(path: str, tensors: Tensors | None) -> Tensors | None:
    return None if tensors is None else tuple(each.below(path) for each in tensors)


def _log(what: str) -> Tensor:
    """Logs of the same name are of one form: what one part wrote another can read."""
    return Tensor(LOG, (f"log of {what}",), "log")
