"""What the analyses know of every part, as a table: shapes in and out, parameters and how they grow."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from clspec.analyses import Analysis
from clspec.analyses.program import Part
from clspec.components.growing import ColumnGrowth, Growth, MemberGrowth, RowGrowth, Size
from clspec.ir.shapes import Shape


def print_shapes(analysis: Analysis) -> str:
    """One line a part, in text order: its path, what it is, shapes of one sample, parameters as it is born."""
    rows = [row for part in analysis.model.walk() for row in _rows(part, analysis)]
    widths = [max(len(row[column]) for row in rows) for column in range(3)] if rows else []
    lines = ["  ".join(f"{cell:<{width}}" for cell, width in zip(row, [*widths, 0], strict=True)) for row in rows]
    outputs = analysis.wiring.outputs[analysis.model.path]
    title = f"{analysis.model.title}: {', '.join(analysis.wiring.inputs[analysis.model.path])} -> {', '.join(outputs)}"
    return "\n".join([title, *(line.rstrip() for line in lines)]) + "\n"


def _rows(part: Part, analysis: Analysis) -> Iterator[tuple[str, str, str, str]]:
    flow, sizes = analysis.flow, analysis.sizes
    kind = part.component.kind if part.component else part.block.title if part.block else ""
    given = ", ".join(map(str, flow.inputs[part.path]))
    what = part.role if part.role == "group" else f"{part.role} {kind}"
    yield (
        part.path,
        what,
        f"{given} -> {told_shapes(flow.outputs[part.path])}".lstrip(),
        told_size(sizes.get(part.path)),
    )
    if part.block is None:
        for path, size in sizes.items():  # of what adapts inside it
            if path.startswith(f"{part.path}."):
                yield path, "", "", told_size(size)


def told_shapes(given: Shape | Mapping[str, Shape]) -> str:
    """`64`, or `coarse logits, fine logits` of several outputs."""
    return str(given) if isinstance(given, Shape) else ", ".join(f"{key} {shape}" for key, shape in given.items())


def told_size(growth: Growth | None) -> str:
    """`66 parameters, 33 more a class`."""
    match growth:
        case None:
            return ""
        case Size():
            return _parameters(growth)
        case RowGrowth(initial, row, shared):
            return f"{_parameters(row * initial + shared)}, {row.parameters:,} more a class"
        case MemberGrowth(member):
            return f"a task: {told_size(member)}"
        case ColumnGrowth(column, lateral, adapter):
            more = f"{lateral.parameters:,} more for each task before it"
            return f"a task: {_parameters(column)}, {more}" + (
                f", {adapter.parameters:,} where there is one" if adapter.parameters else ""
            )


def _parameters(size: Size) -> str:
    return f"{size.parameters:,} parameter{'' if size.parameters == 1 else 's'}"
