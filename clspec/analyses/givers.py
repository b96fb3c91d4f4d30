"""Who reads whom in the end: the leaf parts behind a source, and those whose answers a model gives.

Groups and nested models only pass on what they read and give, so arrows and comparisons look through them.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Literal

from clspec.analyses.program import Block, Link, Part, Structure, Wiring
from clspec.analyses.sizes import growing_parts

Mode = Literal["train", "eval"]
_MODES: tuple[Mode, ...] = ("train", "eval")


@dataclass(frozen=True)
class Read:
    """One source of a leaf part: the path of the leaf that gives it, and what is read inside that ("": all of it).

    `tap` is the full path inside, `written` the same as the spec has it.
    """

    giver: str
    tap: str = ""
    written: str = field(default="", compare=False)


@dataclass(frozen=True)
class Answer:
    """What a model returns at a key: the answer of a part, in one mode or in both (None)."""

    key: str
    part: Part
    mode: Mode | None = None


def reads_of(structure: Structure, block: Block, part: Part) -> list[tuple[Read, ...]]:
    """The leaves behind each source of a part of this block, in the order of its sources."""
    return [
        tuple(Read(giver, *_tap(structure, block, link)) for giver in _givers(structure, block, link))
        for link in structure.wiring.sources[part.path]
    ]


def answers_of(structure: Structure) -> list[Answer]:
    """What the model returns, in order; a key that it returns in one mode alone says so."""
    train, evaluation = (_ends(structure.wiring, structure.model, mode) for mode in _MODES)
    if train == evaluation:
        return [Answer(key, part) for key, part in train]
    return [
        *(Answer(key, part, None if (key, part) in evaluation else "train") for key, part in train),
        *(Answer(key, part, "eval") for key, part in evaluation if (key, part) not in train),
    ]


def _ends(wiring: Wiring, block: Block, mode: Mode) -> list[tuple[str, Part]]:
    """The parts whose answers a block gives, each with its key: `gather` in the shape analysis names them so."""
    ends: list[tuple[str, Part]] = []
    by_mode = wiring.by_mode.get(block.path)
    names = wiring.outputs[block.path] if by_mode is None else by_mode[mode]
    for name in names:
        part = block.part(name)
        if part is None or part.block is None:
            ends += [(name, part)] if part else []
            continue
        inner = _ends(wiring, part.block, mode)
        one, alone = len(inner) == 1, len(names) == 1
        ends += [(name if one else key if alone else f"{name}.{key}", leaf) for key, leaf in inner]
    return ends


def leaves_of(part: Part) -> list[str]:
    """The paths at which a part without a block stands: its own, or those of the components that adapt inside it."""
    return [part.path] if part.component is None else [path for path, _ in growing_parts(part.path, part.component)]


def _givers(structure: Structure, block: Block, link: Link) -> Iterator[str]:
    """The leaf parts whose answer a source stands for: through groups, and out of a nested scope's inputs."""
    part = block.part(link.name)
    if part is not None and part.role == "input" and not block.path:
        yield part.path
    elif part is not None and part.role != "input":
        if part.block is None:
            yield from leaves_of(part)
            return
        inside = [link.tap.partition(".")] if link.tap else [(n, "", "") for n in structure.wiring.outputs[part.path]]
        for name, _, rest in inside:
            yield from _givers(structure, part.block, Link(name, link.span, rest))
    else:
        yield from _givers(structure, *_handed_in(structure, block, link))


def _tap(structure: Structure, block: Block, link: Link) -> tuple[str, str]:
    """The path inside a backbone that a source reads, in full and as written; "" where it reads a whole part."""
    part = block.part(link.name)
    if link.name in structure.wiring.inputs[block.path] and block.path:
        return _tap(structure, *_handed_in(structure, block, link))
    return (structure.flow.taps[part.path][link.tap].path, link.tap) if part is not None and link.tap else ("", "")


def _handed_in(structure: Structure, block: Block, link: Link) -> tuple[Block, Link]:
    """What an input of a nested scope stands for: a source in the scope around it."""
    parent, user = _user_of(structure.model, block)
    position = structure.wiring.inputs[block.path].index(link.name)
    return parent, structure.wiring.sources[user.path][position]


def _user_of(root: Block, block: Block) -> tuple[Block, Part]:
    """The scope in which a block stands, and the part that it is there."""
    return next((outer, part) for outer in root.blocks() for part in outer.parts if part.block is block)
