"""What a component is: typed arguments, a shape rule, own rules, what it constructs, and how it is drawn."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import Field, dataclass, field, fields, replace
from math import prod
from typing import Annotated, Any, ClassVar, Self, dataclass_transform

from clspec.components.arguments import Bounds
from clspec.diagnostics import nearest
from clspec.growth import Event, Verb
from clspec.ir.frozen import frozen
from clspec.ir.shapes import Shape
from clspec.ir.spec import Role

Count = Annotated[int, Bounds(ge=1, le=2**63 - 1)]
"""A width, a number of layers, a kernel: at least one."""
Rate = Annotated[float, Bounds(ge=0, lt=1)]
"""A probability below one."""


class ShapeError(Exception):
    """Shapes that do not fit a component. `code` is the diagnostic's, `help` says what to write instead."""

    def __init__(self, message: str, help: str | None = None, code: str = "CL301") -> None:
        super().__init__(message)
        self.message, self.help, self.code = message, help, code


class ArgumentError(Exception):
    """An argument that only the component itself can judge (a network's name). `argument` is the field's name."""

    def __init__(self, argument: str, message: str, code: str, help: str | None = None) -> None:
        super().__init__(message)
        self.argument, self.message, self.code, self.help = argument, message, code, help


class TapError(Exception):
    """A path into a backbone that cannot be read. `help` says what can."""

    def __init__(self, message: str, help: str | None = None) -> None:
        super().__init__(message)
        self.message, self.help = message, help


@dataclass(frozen=True)
class Size:
    """How much a part holds: parameters (numbers, not bytes) and bytes of buffers.

    `inside` are the parameters of what is in it, by path and in forward order, where rules may freeze a share of it.
    """

    parameters: int = 0
    buffer_bytes: int = 0
    inside: tuple[tuple[str, int], ...] = ()

    def __add__(self, other: Size) -> Size:
        return Size(self.parameters + other.parameters, self.buffer_bytes + other.buffer_bytes)

    def __mul__(self, times: int) -> Size:
        return Size(self.parameters * times, self.buffer_bytes * times)


@dataclass(frozen=True)
class RowGrowth:
    """A head that grows by rows: born with `initial` of them, `row` the size of each.

    `shared` is what all rows have in common. `compact` heads have one logit column a row; with a `reserve` there are
    always a multiple of so many.
    """

    initial: int
    row: Size
    shared: Size = Size()
    compact: bool = False
    reserve: int | None = None


@dataclass(frozen=True)
class MemberGrowth:
    """A part that grows by members, one a task: each a growing head, or of a fixed size."""

    member: RowGrowth | Size


@dataclass(frozen=True)
class ColumnGrowth:
    """A part that grows by columns, one a task, each fed by all before it.

    `column` is the size of one by itself, `lateral` what it adds for each earlier one, `adapter` what it adds once
    where there is an earlier one.
    """

    column: Size
    lateral: Size
    adapter: Size = Size()

    def at(self, position: int) -> Size:
        """The size of the column at a position, counted from 0."""
        return self.column + self.lateral * position + (self.adapter if position else Size())


Growth = Size | RowGrowth | MemberGrowth | ColumnGrowth
"""What the forecast needs to know of a part; a plain Size does not grow."""


@dataclass(frozen=True)
class OwnRule:
    """A rule that comes with a component: `when EVENT { VERB self }`, or of slices of it: `self[:-1]`."""

    event: Event
    verb: Verb
    after: bool = False
    slices: str = ""

    def __str__(self) -> str:
        return f"{'after' if self.after else 'when'} {self.event} {{ {self.verb} self{self.slices} }}"


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

    def inside(self, inputs: tuple[Shape, ...]) -> tuple[tuple[str, int], ...]:
        """The parameters of all that cannot be divided further in a backbone, by path, in forward order."""
        from clspec.components.inside import inside_of

        return inside_of(self, inputs)

    def judge_inside(self) -> None:
        """Raises TapError for what is no backbone, or has no inside that stays as it is."""
        if "backbone" not in self.roles or self.needs_task_labels:
            raise TapError(f"nothing inside {self.kind} can be read")

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
        return Size()

    def constructor(self, inputs: tuple[Shape, ...]) -> Construct:
        raise NotImplementedError

    def title(self) -> str:
        """Its name in diagrams."""
        return self.kind.replace("_", " ")

    def details(self, inputs: tuple[Shape, ...], output: Shape) -> tuple[str, ...]:
        """Its lines in diagrams."""
        return ()


def spelt(shape: Shape) -> str:
    """A shape in a reader's words: `a map of 3×32×32`, `a sequence of 10×4`, `logits`, `128 token ids`."""
    if shape.kind == "tokens":
        return f"{shape} token ids"
    return {"map": "a map of ", "sequence": "a sequence of "}.get(shape.kind, "") + str(shape)


def no_tokens(shape: Shape, kind: str, reads: str = "numbers") -> Shape:
    """The shape as it is. Raises ShapeError for token ids, which are names, not numbers to calculate with."""
    if shape.kind == "tokens":
        help = 'read them by a network that embeds them: `backbone b = module("package.module:Class")`'
        raise ShapeError(f"{kind} reads {reads}, but gets {spelt(shape)}", help)
    return shape


def flat_width(inputs: tuple[Shape, ...], kind: str) -> int:
    """Width of the flat features that a head reads.

    Raises ShapeError with the hint that helps: a map has to be flattened first, a sequence pooled, logits cannot be
    read.
    """
    return _last(inputs, ("features",), kind, "flat features")


def last_width(inputs: tuple[Shape, ...], kind: str) -> int:
    """Width of features, or of each position of a sequence. Raises ShapeError as `flat_width` does."""
    return _last(inputs, ("features", "sequence"), kind, "flat features or a sequence")


def _last(inputs: tuple[Shape, ...], kinds: tuple[str, ...], kind: str, reads: str) -> int:
    (shape,) = inputs
    no_tokens(shape, kind, reads)
    if shape.kind in kinds and shape.sizes is not None:
        return shape.sizes[-1]
    if shape.kind == "map":
        help = "flatten it first: `[flatten(), ...]`, or `[avg_pool(), flatten()]` for one number a channel"
        raise ShapeError(f"{kind} reads {reads}, but gets {spelt(shape)}", help, "CL302")
    if shape.kind == "sequence":
        raise ShapeError(f"{kind} reads {reads}, but gets {spelt(shape)}", POOL_FIRST, "CL302")
    raise ShapeError(f"{kind} reads {reads}, but gets {spelt(shape)}", "read from the part before the head")


POOL_FIRST = "pool it first: `[avg_pool(), ...]` for the mean over its length; or `[flatten(), ...]`"
"""What to do with a sequence where flat features are wanted."""


def numbers(shape: Shape, kind: str) -> int:
    """How many numbers one sample holds, for a network that flattens its input."""
    no_tokens(shape, kind, "an image, features or a sequence")
    if shape.kind not in ("map", "features", "sequence") or shape.sizes is None:
        raise ShapeError(
            f"{kind} reads an image, features or a sequence, but gets {spelt(shape)}",
            "read from the part before the head",
        )
    return prod(shape.sizes)


def image_sizes(
    inputs: tuple[Shape, ...], kind: str, least: int = 1, *, reads: str = "an image or a map"
) -> tuple[int, int, int]:
    """Channels, height and width of a map. Raises ShapeError for what is none, or is lower or narrower than `least`."""
    (shape,) = inputs
    no_tokens(shape, kind, reads)
    if shape.kind != "map" or shape.sizes is None:
        raise ShapeError(
            f"{kind} reads {reads}, but gets {spelt(shape)}",
            "put it before what flattens, or start from `input image(channels, height, width)`",
        )
    channels, height, width = shape.sizes
    if min(height, width) < least:
        raise ShapeError(f"{kind} cannot take {shape}", f"the least image it can take is {least}×{least}")
    return channels, height, width


INDICES = ("class_id", "compact")
"""In which column of the logits a class stands."""


def judge_index(index: str, kind: str) -> None:
    """Raises ArgumentError for what is no index."""
    if index not in INDICES:
        message = f'argument "index" of {kind} must be "class_id" or "compact", not "{index}"'
        raise ArgumentError("index", message, "CL204", nearest(index, INDICES))


def given_index(index: str) -> dict[str, Expression]:
    """The torch module's keyword argument for the index, left out at its default."""
    return {} if index == "class_id" else {"index": index}
