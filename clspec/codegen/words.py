"""What generated code says about shapes: in docstrings, and behind the parts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from clspec.codegen.python import WIDTH, joined
from clspec.ir.shapes import Shape

Given = Shape | Mapping[str, Shape]
"""What a part gives: one shape, or shapes by output key."""


def shown(given: Given) -> str:
    """A shape with its batch: `(batch, 64)`; logits say what they are as wide as."""
    if not isinstance(given, Shape):
        return "{" + joined(_entries(given)) + "}"
    if given.kind == "logits":
        return "(batch, classes seen)"
    if given.kind == "task_logits":
        return "(batch, its task's classes)"
    return f"(batch, {joined(map(str, given.sizes or ('any',)))})"


def _entries(given: Mapping[str, Shape]) -> list[str]:
    return [f'"{key}": {shown(each)}' for key, each in given.items()]


def remark(given: Given) -> str:
    """What stands behind a part; several outputs are told by the part's own class."""
    return f"  # {shown(given)}" if isinstance(given, Shape) else ""


def block_doc(doc: str, inputs: Sequence[Given], given: Given) -> list[str]:
    """The lines of a class's docstring: what it is, shapes in and out, one output a line where they are many."""
    text = " ".join(doc.split())
    lead = f"{joined(map(shown, inputs))} -> "
    one_line = f"{text} {lead}{shown(given)}".lstrip()
    if len(one_line) < WIDTH - len('    """"""'):
        return [one_line]
    shapes = [f"{lead}{shown(given)}"]
    if not isinstance(given, Shape) and len(shapes[0]) > WIDTH - len('    """'):
        shapes = [f"{lead}{{", *(f"    {entry}," for entry in _entries(given)), "}"]
    return [text, "", *shapes] if text else shapes
