"""`per_task`: one member a task of any head or layer."""

from __future__ import annotations

from typing import ClassVar

from clspec.components.base import Component
from clspec.components.growing import Growth, MemberGrowth, OwnRule, RowGrowth, Size
from clspec.components.incremental import Incremental
from clspec.growth import Verb
from clspec.ir.construct import Construct, call
from clspec.ir.shapes import LOGITS, TASK_LOGITS, Shape
from clspec.ir.spec import Role


class PerTask(Component):
    """`per_task(of, auto=true)`: a sample goes through the member of its task label."""

    kind: ClassVar[str] = "per_task"
    summary: ClassVar[str] = "one member a task; a sample goes through the member of its task label"
    roles: ClassVar[tuple[Role, ...]] = ("neck", "head")
    needs_task_labels: ClassVar[bool] = True
    holds: ClassVar[tuple[Role, ...]] = ("neck", "head")

    of: Component
    auto: bool = True

    def output_shape(self, inputs: tuple[Shape, ...]) -> Shape:
        shape = self.of.output_shape(inputs)
        return TASK_LOGITS if shape == LOGITS else shape

    def own_rules(self) -> tuple[OwnRule, ...]:
        branch = (OwnRule("new_task", "branch"),) if self.auto else ()
        return branch + self.of.own_rules()

    def growth(self, inputs: tuple[Shape, ...]) -> Growth:
        member = self.of.growth(inputs)
        if not isinstance(member, (RowGrowth, Size)):
            raise TypeError(f"{self.of.kind} cannot be a member: it grows in its own way")
        return MemberGrowth(member)

    def depth(self) -> int:
        return 1 + self.of.depth()

    def can(self) -> tuple[Verb, ...]:
        return tuple(dict.fromkeys((*super().can(), *self.of.can())))

    def constructor(self, inputs: tuple[Shape, ...]) -> Construct:
        if isinstance(self.of, Incremental):
            return call("clspec.nn", "MultiHeadClassifier", **self.of.arguments(inputs))
        return call("clspec.nn", "PerTask", self.of.constructor(inputs).as_factory())

    def title(self) -> str:
        return f"{self.of.title()} per task"

    def details(self, inputs: tuple[Shape, ...], output: Shape) -> tuple[str, ...]:
        return self.of.details(inputs, output)
