"""`train_eval`: one head to train by, another to answer with."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar

from clspec.components.base import Component
from clspec.components.mistakes import ArgumentError
from clspec.ir.construct import Construct, call
from clspec.ir.shapes import Shape
from clspec.ir.spec import Role


class TrainEval(Component):
    """`train_eval(train, eval)`: in train mode what `train` gives, in eval mode what `eval` gives."""

    kind: ClassVar[str] = "train_eval"
    summary: ClassVar[str] = "one head answers in train mode, the other in eval mode; both grow"
    roles: ClassVar[tuple[Role, ...]] = ("head",)
    holds: ClassVar[tuple[Role, ...]] = ("head",)

    train: Component
    eval: Component

    def judge(self) -> None:
        if "observe" in self.train.can():
            message = f"{self.train.kind} is fitted, not trained, so it cannot answer in train mode"
            help = "put it second, as the head that answers in eval mode"
            raise ArgumentError("train", message, "CL206", help)

    def inner(self) -> Mapping[str, Component]:
        return {"train_classifier": self.train, "eval_classifier": self.eval}

    def output_shape(self, inputs: tuple[Shape, ...]) -> Shape:
        self.eval.output_shape(inputs)
        return self.train.output_shape(inputs)

    def constructor(self, inputs: tuple[Shape, ...]) -> Construct:
        return call("clspec.nn", "TrainEvalClassifier", self.train.constructor(inputs), self.eval.constructor(inputs))

    def title(self) -> str:
        return f"{self.train.title()} / {self.eval.title()}"

    def details(self, inputs: tuple[Shape, ...], output: Shape) -> tuple[str, ...]:
        return ("in train mode / in eval mode",)
