"""What can be named inside a backbone, as far as it is known without torch."""

from __future__ import annotations

from collections.abc import Iterator

from clspec.components.mistakes import ShapeError
from clspec.editor.view import View
from clspec.ir.shapes import Shape
from clspec.source import Span

_OUTER = ("net.features.", "net.")
"""Where a library's network lies in its backbone: a path may leave it out."""


def insides(view: View, backbone: Span, above: str) -> Iterator[tuple[str, str]]:
    """The names one level below a path inside a backbone, each with the shape that it gives, "" where not known."""
    found: dict[str, str] = {}
    for path, shape in _contents(view, backbone):
        short = next((path.removeprefix(outer) for outer in _OUTER if path.startswith(outer)), path)
        if above and not short.startswith(f"{above}."):
            continue
        name, _, deeper = short.removeprefix(f"{above}.").partition(".")
        found.setdefault(name, "")
        if not deeper and shape is not None:
            found[name] = str(shape)
    yield from found.items()


def _contents(view: View, backbone: Span) -> Iterator[tuple[str, Shape | None]]:
    found = view.part_at(backbone)
    if found is None or (component := found[1].component) is None:
        return
    passed, part = found
    inputs = passed.flow.inputs.get(part.path, ())
    contents = None
    if inputs and all(shape.known for shape in inputs):
        try:
            contents = component.contents(inputs)
        except ShapeError:  # what it reads does not fit: that is a finding
            contents = None
    if contents is None:
        yield from ((path, None) for path in component.paths())
    else:
        yield from ((each.path, each.shape) for each in contents)
