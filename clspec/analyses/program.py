"""One model of a spec, instantiated: every component made, every nested model unfolded, every part at its path."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Literal, Protocol

from clspec.components.base import Component
from clspec.growth import Rule
from clspec.ir.rules import Reference, WrittenRule
from clspec.ir.shapes import Shape
from clspec.ir.spec import Output, Role, Stream
from clspec.source import Span


@dataclass(frozen=True)
class Part:
    """A node or group of a model. `path` is its place in the model (`coarse.labels`), `name` its place in its scope.

    Either `component` is what it is made of, or `block` what it holds (a group, or a model used as a component); a
    part that could not be made has neither. `places` are where its component is written and, for a list, its items;
    `inner_places` where the components in its arguments are, by kind.
    """

    path: str
    name: str
    role: Role | Literal["group"]
    component: Component | None
    block: Block | None
    written_sources: tuple[Reference, ...]
    span: Span
    places: tuple[Span, ...]
    inner_places: Mapping[str, Span] = field(default_factory=dict[str, Span])

    @property
    def broken(self) -> bool:
        return self.component is None and self.block is None

    @property
    def use(self) -> tuple[Span, ...]:
        """The place where it uses a model, where it does."""
        return self.places[:1] if self.block is not None and self.block.kind == "model" else ()


@dataclass(frozen=True)
class Limit:
    """A budget worked out: at most so much, at every experience of `stream`; None: of every stream of the spec."""

    quantity: Literal["parameters", "trainable", "memory"]
    most: int | float
    stream: Stream | None
    span: Span


@dataclass(frozen=True)
class Block:
    """A scope: the model itself, a nested model or a group. A group has no inputs of its own, it reads its sources."""

    path: str
    title: str
    doc: str
    parts: tuple[Part, ...]
    rules: tuple[WrittenRule, ...]
    outputs: tuple[Output, ...]
    limits: tuple[Limit, ...]
    kind: Literal["model", "group"]
    span: Span

    @cached_property
    def _by_name(self) -> Mapping[str, Part]:
        return {part.name: part for part in self.parts}

    def part(self, name: str) -> Part | None:
        return self._by_name.get(name)

    @property
    def input_parts(self) -> tuple[Part, ...]:
        return tuple(part for part in self.parts if part.role == "input")

    def walk(self) -> Iterator[Part]:
        """Every part below, outer before inner, in text order."""
        for part in self.parts:
            yield part
            if part.block is not None:
                yield from part.block.walk()

    def uses(self, path: str) -> tuple[Span, ...]:
        """Where the models are used that a part at `path`, or a block there, lies in, innermost first."""
        around = [part.use for part in self.walk() if path == part.path or path.startswith(f"{part.path}.")]
        return tuple(place for use in reversed(around) for place in use)

    def blocks(self) -> Iterator[Block]:
        """This block and every block below, outer before inner."""
        yield self
        for part in self.parts:
            if part.block is not None:
                yield from part.block.blocks()

    @property
    def layers(self) -> int:
        """About how many torch modules it is made of, every part counted where it is used."""
        return sum(1 if part.component is None else part.component.modules() for part in self.walk())

    @property
    def needs_task_labels(self) -> bool:
        return any(part.component is not None and part.component.needs_task_labels for part in self.walk())


@dataclass(frozen=True)
class Link:
    """One source of a part inside its scope: the name it reads there, and the place that says so.

    `tap` is the path into it as written, "" where it is read as a whole.
    """

    name: str
    span: Span
    tap: str = ""

    @property
    def label(self) -> str:
        """How it is known inside a group that reads it."""
        return f"{self.name}.{self.tap}" if self.tap else self.name


@dataclass(frozen=True)
class Wiring:
    """Who reads whom. All keys are block paths or part paths.

    `sources` of every part, `order` of a block's parts by data flow (inputs first), `inputs` the names that a block's
    forward takes, `outputs` the names of the parts that a block gives, in any mode. `by_mode` says which of them it
    gives in train and in eval mode, for blocks where these differ.
    """

    sources: Mapping[str, tuple[Link, ...]]
    order: Mapping[str, tuple[str, ...]]
    inputs: Mapping[str, tuple[str, ...]]
    outputs: Mapping[str, tuple[str, ...]]
    by_mode: Mapping[str, Mapping[Literal["train", "eval"], tuple[str, ...]]]


@dataclass(frozen=True)
class Tap:
    """What a submodule of a part gives: its full path inside the part, and the shape of one sample."""

    path: str
    shape: Shape


@dataclass(frozen=True)
class Flow:
    """Shapes of one sample: what goes into every part and what comes out, by part path.

    The output of a block with several outputs is a mapping from output key to shape. `taps` are what is read from
    inside a part: by the part's path, then by the path as written.
    """

    inputs: Mapping[str, tuple[Shape, ...]]
    outputs: Mapping[str, Shape | Mapping[str, Shape]]
    taps: Mapping[str, Mapping[str, Tap]]


class Structure(Protocol):
    """A checked model's parts, who reads whom, and every shape."""

    @property
    def model(self) -> Block: ...
    @property
    def wiring(self) -> Wiring: ...
    @property
    def flow(self) -> Flow: ...


@dataclass(frozen=True)
class PlannedRule:
    """A rule of the plan with where it comes from: its text as written, or its component's own rule.

    `bounds` are the rule's in the spec's own words: ` until stage2`, where the rule has the full path.
    """

    rule: Rule
    text: str
    span: Span
    bounds: str = ""

    @property
    def place(self) -> str:
        return self.span.place


@dataclass(frozen=True)
class AdaptationPlan:
    """What a model does when experiences arrive: `rules` in the order in which they act."""

    model: str
    rules: tuple[PlannedRule, ...]

    def __str__(self) -> str:
        if not self.rules:
            return f"{self.model}: nothing grows, is added or is frozen"
        rows = [
            (str(number), str(row.rule.trigger), f"{row.rule.action} {row.rule.target}", row.text, row.place)
            for number, row in enumerate(self.rules, 1)
        ]
        widths = [max(len(row[column]) for row in rows) for column in range(4)]
        lines = ["  ".join(f"{cell:<{width}}" for cell, width in zip(row, [*widths, 0], strict=True)) for row in rows]
        title = "1 rule" if len(rows) == 1 else f"{len(rows)} rules, in this order"
        return "\n".join([f"{self.model}: {title}", *(line.rstrip() for line in lines)])
