"""`relu`, `gelu`, `tanh`: what is applied to each number by itself."""

from __future__ import annotations

from typing import ClassVar

from clspec.components.base import Component
from clspec.components.reads import no_tokens
from clspec.ir.construct import Construct, call
from clspec.ir.shapes import Shape
from clspec.ir.spec import Role


class Activation(Component):
    """A function of each number, without parameters, for any shape."""

    roles: ClassVar[tuple[Role, ...]] = ("neck",)
    torch_name: ClassVar[str]

    def output_shape(self, inputs: tuple[Shape, ...]) -> Shape:
        return no_tokens(inputs[0], self.kind)

    def constructor(self, inputs: tuple[Shape, ...]) -> Construct:
        return call("torch.nn", self.torch_name)


class ReLU(Activation):
    """`relu()`."""

    kind: ClassVar[str] = "relu"
    summary: ClassVar[str] = "the rectifier, elementwise"
    torch_name: ClassVar[str] = "ReLU"


class GELU(Activation):
    """`gelu()`: x times the normal distribution function of x, exact (Hendrycks and Gimpel, 2016)."""

    kind: ClassVar[str] = "gelu"
    summary: ClassVar[str] = "the Gaussian error linear unit, elementwise"
    torch_name: ClassVar[str] = "GELU"


class Tanh(Activation):
    """`tanh()`."""

    kind: ClassVar[str] = "tanh"
    summary: ClassVar[str] = "the hyperbolic tangent, elementwise"
    torch_name: ClassVar[str] = "Tanh"
