"""What a diagram shows, as plain data: views take a `Scene` and states of its parts, whoever made them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

from clspec.growth import PartState, Snapshot

NOTHING = PartState(0, 0)
"""The state of what is not there, or has nothing to train."""


@dataclass(frozen=True)
class Box:
    """One part of the model.

    `title` is the kind as a reader calls it (`pytorchcv resnet20_cifar10`), `details` its lines (`64 → 128`). Boxes
    with children are drawn as clusters. `rules` are the numbers of the rules that reach it. `width_in` is a head's
    input width. `line` is the spec line, of `file` where that is not the scene's own, and `end` the last line of what
    is written of it (0: the same). `per_task` says that the part is one member a task; `columns` that these members are
    columns, each fed by those before it. `fits` says that it fits statistics instead of being trained. `shape` is what
    it gives. `expanded` says that it is drawn by itself and its members one by one, however many are alike; `hidden` is
    how many parts in it are not drawn. `mark` says what became of it where two models are drawn: a word of
    `style.MARKS`, "" where it stayed as it was.
    """

    path: str
    name: str
    role: Literal["input", "backbone", "neck", "head", "group", "model"]
    title: str
    details: tuple[str, ...] = ()
    line: int = 1
    file: str = field(default="", kw_only=True)
    end: int = field(default=0, kw_only=True)
    children: tuple[Box, ...] = ()
    rules: tuple[int, ...] = ()
    width_in: int | None = None
    per_task: bool = False
    columns: bool = False
    fits: bool = False
    shape: str = ""
    expanded: bool = False
    hidden: int = 0
    mark: str = ""

    @property
    def place(self) -> str:
        """Where it is written, in a reader's words."""
        return _place(self.line, self.file)

    @property
    def member(self) -> str:
        """What a reader calls one of its members."""
        return "column" if self.columns else "head" if self.role == "head" else "member"


@dataclass(frozen=True)
class Arrow:
    """Data flowing from one part to another; `label` is the shape (`3×32×32`), `target` "" the model's output.

    `output` is the key at which the model returns it; "" where the model returns it alone. `mark` is as that of a box.
    """

    source: str
    target: str
    label: str
    output: str = ""
    mark: str = ""


@dataclass(frozen=True)
class RuleLine:
    """One rule of the plan in words: `when` (`when new classes arrive`) and `what` (`expand classifier`).

    It is written on `line`, of `file` where that is not the scene's own.
    """

    number: int
    when: str
    what: str
    own: bool
    line: int
    file: str = ""

    @property
    def place(self) -> str:
        """Where it is written, in a reader's words."""
        return _place(self.line, self.file)


def _place(line: int, file: str) -> str:
    return f"line {line}{file and f' of {file}'}"


@dataclass(frozen=True)
class Scene:
    """A model: its boxes in data-flow order, its arrows, its rules. `file` is the spec as links name it.

    `texts` are the spec and the files that it uses, by the names that boxes give them: "" is the spec itself.
    """

    name: str
    file: str
    doc: str
    boxes: tuple[Box, ...]
    arrows: tuple[Arrow, ...]
    rules: tuple[RuleLine, ...]
    texts: Mapping[str, str] = field(default_factory=dict[str, str])


@dataclass(frozen=True)
class Frame:
    """One experience as it was learnt: what arrived, and the state of every part after adaptation to it."""

    number: int
    classes: Sequence[int]
    tasks: tuple[int, ...]
    states: Snapshot
    changes: Sequence[str]
