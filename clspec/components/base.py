"""What a component is: typed arguments, a shape rule, own rules, what it constructs, and how it is drawn."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import Field, fields, replace
from typing import Annotated, Any, ClassVar, Self, cast, dataclass_transform

from clspec.components.arguments import Bounds
from clspec.components.contents import Contents
from clspec.components.forward_order import Stretch
from clspec.components.growing import NOTHING, Growth, OwnRule, Size
from clspec.components.mistakes import ShapeError, TapError
from clspec.growth import Verb
from clspec.ir.construct import Construct
from clspec.ir.frozen import frozen
from clspec.ir.shapes import Shape
from clspec.ir.spec import Role

Count = Annotated[int, Bounds(ge=1, le=2**63 - 1)]
"""A width, a number of layers, a kernel: at least one."""
Rate = Annotated[float, Bounds(ge=0, lt=1)]
"""A probability below one."""


@dataclass_transform(kw_only_default=True, frozen_default=True)
class Component:
    """One kind of the language. Fields are its arguments, in positional order; one without a default must be given."""

    __dataclass_fields__: ClassVar[dict[str, Field[Any]]]

    def __init_subclass__(cls) -> None:
        frozen(cls)

    kind: ClassVar[str]
    summary: ClassVar[str]
    roles: ClassVar[tuple[Role, ...]]
    """Where it may stand. A kind that may stand as a neck may also be an item of a sequence."""
    needs_task_labels: ClassVar[bool] = False
    holds: ClassVar[tuple[Role, ...]] = ()
    """What its component arguments may be: one of these roles, and no component that holds others itself."""
    passes_on: ClassVar[bool] = False
    """Whether it takes arguments by any name, values and lists of values, and passes them on."""
    merges: ClassVar[bool] = False
    """Whether it reads several sources; all others read exactly one."""

    def judge(self) -> None:
        """Raises ArgumentError for what the fields' types cannot say."""

    def with_passed(self, given: Mapping[str, Any]) -> Self:
        """The same component with arguments that it passes on, values and lists of values by name."""
        return self

    def without_weights(self) -> Self:
        """The same component with fresh weights where it asks for published ones: all the same to shapes and sizes."""
        return self

    def judge_files(self) -> None:
        """Raises ArgumentError for files that this machine lacks and that building it needs."""

    def output_shape(self, inputs: tuple[Shape, ...]) -> Shape:
        """Shape of one sample out, from known shapes in. Raises ShapeError."""
        raise NotImplementedError

    def own_rules(self) -> tuple[OwnRule, ...]:
        return ()

    def born_frozen(self, inputs: tuple[Shape, ...]) -> bool:
        """Whether what it builds stands still as a whole from the start, though the spec does not say so."""
        return False

    def inner(self) -> Mapping[str, Component]:
        """Components that adapt inside this one, by the attribute of the torch module that holds them."""
        return {}

    def imported_package(self) -> str | None:
        """The top-level package whose code it runs because the spec says so; that needs the caller's leave."""
        return None

    def tap(self, path: str, inputs: tuple[Shape, ...]) -> tuple[str, Shape]:
        """What a submodule of a backbone gives: its full path, and the shape of one sample.

        `path` is a submodule's path or a unique end of one. Raises TapError.
        """
        self.judge_inside()
        from clspec.components.inside import tap_of

        return tap_of(self, path, inputs)

    def stages(self) -> tuple[str, ...]:
        """The paths inside a backbone that are known whatever it reads, in forward order; () where none is."""
        return ()

    def paths(self) -> tuple[str, ...]:
        """The paths inside a backbone that are known without torch, in forward order: those of its stages at least."""
        return self.stages()

    def submodule(self, path: str, inputs: tuple[Shape, ...]) -> str:
        """The full path of a submodule of a backbone, for rules. Raises TapError."""
        self.judge_inside()
        from clspec.components.inside import full_path, submodule_of

        stages = self.stages()
        with suppress(TapError):
            return full_path(path, stages, self.title())
        if stages and not all(shape.known for shape in inputs):
            raise ShapeError(f"{self.kind} cannot be looked into before its input is known")
        return submodule_of(self, path, inputs)

    def divided(self, size: Size, inputs: tuple[Shape, ...], paths: Sequence[str]) -> Size:
        """The size of a backbone, with what is inside divided at least so far as `paths` need. Raises TapError."""
        from clspec.components.inside import divided_size

        return divided_size(self, size, inputs)

    def bounded(
        self, inputs: tuple[Shape, ...], above: str, since: str | None, until: str | None
    ) -> tuple[Stretch, ...]:
        """What runs between two paths below `above` in a backbone, both included, as bounds in order of registration.

        Raises TapError.
        """
        from clspec.components.inside import bounded_by

        return bounded_by(self, inputs, above, since, until)

    def contents(self, inputs: tuple[Shape, ...]) -> Contents:
        """What is inside it, known without torch: a layer holds nothing, of a backbone mostly torch has to tell."""
        return None if "backbone" in self.roles and not self.merges else ()

    def judge_inside(self) -> None:
        """Raises TapError for what is no backbone, or has no inside that stays as it is."""
        if "backbone" not in self.roles or self.needs_task_labels:
            raise TapError(f"nothing inside {self.kind} can be read")

    def modules(self) -> int:
        """About how many torch modules it is made of, those inside it included: what is built at all is bounded."""
        held = 0
        for name in (each.name for each in fields(self)):
            value: object = getattr(self, name)
            inside = cast("tuple[object, ...]", value) if isinstance(value, tuple) else (value,)
            held += sum(each.modules() for each in inside if isinstance(each, Component))
        return 1 + len(self.stages()) + held

    def depth(self) -> int:
        """How many slices may follow it in a rule: a head's generations and columns are one deep, members one more."""
        grows = any(rule.verb in ("expand", "branch") for rule in self.with_own_rules().own_rules())
        return int(grows)

    def can(self) -> tuple[Verb, ...]:
        """What rules may do to it besides freeze, unfreeze and reset: what its own rules do, with `auto` or without."""
        return tuple(dict.fromkeys(rule.verb for rule in self.with_own_rules().own_rules()))

    def with_own_rules(self) -> Self:
        """The same component with `auto=true`, and so the one that it wraps."""
        updates: dict[str, Any] = {}
        for name in (each.name for each in fields(self)):
            value = getattr(self, name)
            if name == "auto":
                updates[name] = True
            elif isinstance(value, Component):
                updates[name] = value.with_own_rules()
        return replace(self, **updates)

    def growth(self, inputs: tuple[Shape, ...]) -> Growth:
        """Parameters and buffers, and how they grow."""
        return NOTHING

    def constructor(self, inputs: tuple[Shape, ...]) -> Construct:
        raise NotImplementedError

    def title(self) -> str:
        """Its name in diagrams."""
        return self.kind.replace("_", " ")

    def details(self, inputs: tuple[Shape, ...], output: Shape) -> tuple[str, ...]:
        """Its lines in diagrams."""
        return ()
