"""`module`: a torch module of the user's own as a backbone."""

from __future__ import annotations

import keyword
import re
from collections.abc import Mapping
from dataclasses import field, replace
from typing import Any, ClassVar, Self

from clspec.components.mistakes import ArgumentError, ShapeError
from clspec.components.probed import ProbedBackbone
from clspec.ir.construct import Construct, call
from clspec.ir.shapes import Shape

_PATH = re.compile(r"[A-Za-z_]\w*(\.[A-Za-z_]\w*)*:[A-Za-z_]\w*", re.ASCII)
Passed = int | float | str | bool | None | tuple[int | float | str | bool | None, ...]
"""What an argument of the class may be; a list arrives as a tuple."""


class ModuleClass(ProbedBackbone):
    """`module("package.module:Class", name=value, ...)`: built with these arguments, what it gives is flattened."""

    kind: ClassVar[str] = "module"
    summary: ClassVar[str] = "a torch module of your own, built with the arguments given; needs --allow-import"
    passes_on: ClassVar[bool] = True

    class_path: str
    passed: tuple[tuple[str, Passed], ...] = field(default=(), metadata={"argument": False})

    def with_passed(self, given: Mapping[str, Any]) -> Self:
        return replace(self, passed=tuple(given.items()))

    def judge(self) -> None:
        words = re.split(r"[.:]", self.class_path)
        if not _PATH.fullmatch(self.class_path) or any(map(keyword.iskeyword, words)):
            message = f'argument "class_path" of module must be "package.module:Class", not "{self.class_path}"'
            raise ArgumentError(
                "class_path", message, "CL204", 'such as module("my_networks.small:SmallNet", width=64)'
            )
        for name, _ in self.passed:
            if not name.isascii() or not name.isidentifier() or keyword.iskeyword(name):
                raise ArgumentError(name, f"{name!r} cannot be the name of an argument", "CL103")

    def imported_package(self) -> str | None:
        return self.class_path.partition(":")[0].partition(".")[0]

    @property
    def class_name(self) -> str:
        return self.class_path.partition(":")[2]

    def named(self) -> str:
        return self.class_name

    def hint(self, step: str, inputs: tuple[Shape, ...]) -> str:
        return {
            "import": "it is imported as Python imports it: is it installed, or on PYTHONPATH?",
            "build": "it must be a class of torch.nn.Module, built with the arguments in the spec",
            "run": "its forward is run once on the meta device, with a batch of two",
            "output": "its forward must give one tensor whose first dimension is the batch",
        }[step]

    def constructor(self, inputs: tuple[Shape, ...]) -> Construct:
        from clspec.probe import ProbeError, module_class

        module, _, name = self.class_path.partition(":")
        built = Construct(module, name, named=self.passed)
        try:
            module_class(built)  # nothing but a class of modules is ever called
        except ProbeError as error:
            raise ShapeError(f"{self.class_path}: {error.message}", self.hint(error.step, inputs), "CL211") from None
        return call("clspec.nn", "Backbone", built, drop=None)

    def title(self) -> str:
        return self.class_path
