"""Judges how large a model is and becomes: budgets that it declares, and the most that is built at all."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence

from clspec.analyses import Analysis
from clspec.analyses.program import Block, Limit
from clspec.analyses.sizes import least
from clspec.analyses.streams import extent, make_stream
from clspec.components.growing import Size
from clspec.counting import BYTES, CountedModel
from clspec.diagnostics import Diagnostic
from clspec.experience import Experience, read_experience
from clspec.ir.spec import Stream

MOST_PARAMETERS = 10_000_000_000
"""Of a model as it is born and has met one class, buffers counted by their size: 40 GB in float32. More is refused
before it is built."""
MOST_STEPS = 10_000_000
"""Of one forecast over a stream that a spec declares: experiences, times the parts and the classes that each goes
through, a long range of classes counting as one. A thousand experiences over ten thousand classes, for one head, are as
many, and so are three thousand over a hundred million."""

_Quantity = Callable[[CountedModel, str], int]


def check_sizes(*analyses: Analysis) -> list[Diagnostic]:
    """What is wrong with the size of checked models of one file, as they are born and over their streams."""
    found: list[Diagnostic] = []
    steps = 0
    for analysis in analyses:
        too_large = _too_large(analysis)
        found += too_large
        for stream, limits in () if too_large else _by_stream(analysis).items():
            # What all budgets of a file take together is bounded, however many models and streams it has.
            steps += 0 if stream is None else _steps(analysis, stream, len(limits))
            if stream is not None and steps > MOST_STEPS:
                found.append(_too_long(analysis, stream, steps))
            else:
                experiences = None if stream is None else make_stream(stream)
                found += _judge(analysis, limits, experiences, "" if stream is None else stream.name.text)
    return found


def check_stream(analysis: Analysis, stream: Stream, *, drawn: bool = False) -> list[Diagnostic]:
    """Why a stream that a spec declares is too long to forecast a model, or to draw it; [] where it is not."""
    steps = _steps(analysis, stream, budgets=0, drawn=drawn)
    return [_too_long(analysis, stream, steps)] if steps > MOST_STEPS else []


def _steps(analysis: Analysis, stream: Stream, budgets: int, *, drawn: bool = False) -> int:
    long = extent(stream)
    growing = sum(not isinstance(size, Size) for size in analysis.sizes.values())
    counted = long.classes if drawn else long.counted  # a picture looks at every class
    return long.experiences * (counted * growing + len(analysis.sizes) * (1 + budgets))


def _too_long(analysis: Analysis, stream: Stream, steps: int) -> Diagnostic:
    long = extent(stream)
    message = (
        f"{long.experiences:,} experiences and {long.classes:,} classes are too many to follow {analysis.model.title} "
        f"over {stream.name.text}: {steps:,} steps; at most {MOST_STEPS:,} are taken"
    )
    return Diagnostic("CL504", message, stream.maker.span, "declare a shorter stream, or one of fewer classes")


def _too_large(analysis: Analysis) -> list[Diagnostic]:
    sizes = {path: least(growth) for path, growth in analysis.sizes.items()}
    total = sum(map(_numbers, sizes.values()))
    if total <= MOST_PARAMETERS:
        return []
    largest = max(sizes, key=lambda path: _numbers(sizes[path]))
    part = next(part for part in analysis.model.walk() if part.path == largest or largest.startswith(f"{part.path}."))
    most = _numbers(sizes[largest])
    what = "parameters" if sizes[largest].buffer_bytes // BYTES <= most // 2 else "numbers once it has met a class"
    message = (
        f"{analysis.model.title} would have {total:,} {what}, {most:,} of them in {largest}; "
        f"at most {MOST_PARAMETERS:,} are built"
    )
    innermost = [each for each in analysis.model.walk() if each.path == largest] or [part]
    found = Diagnostic("CL306", message, innermost[0].places[0], "make it narrower, or its input smaller")
    return [found.used_at(*analysis.model.uses(innermost[0].path))]


def _numbers(size: Size) -> int:
    return size.parameters + size.buffer_bytes // BYTES


# ---- budgets


def _by_stream(analysis: Analysis) -> Mapping[Stream | None, Sequence[tuple[Block, Limit]]]:
    """The budgets by the stream to judge them over. One that names none holds over every stream of the spec."""
    grouped: dict[int, list[tuple[Block, Limit]]] = {}
    streams: dict[int, Stream | None] = {}
    for block in analysis.model.blocks():
        for limit in block.limits:
            named: Iterable[Stream | None] = [limit.stream] if limit.stream else analysis.spec.streams or [None]
            for stream in named:
                streams[id(stream)] = stream
                grouped.setdefault(id(stream), []).append((block, limit))
    return {streams[key]: limits for key, limits in grouped.items()}


def _judge(
    analysis: Analysis, limits: Sequence[tuple[Block, Limit]], experiences: Sequence[Experience] | None, stream: str
) -> list[Diagnostic]:
    """The budgets that break, each at the first experience at which it does; without a stream, as the model is born."""
    model = CountedModel(analysis)
    found: list[Diagnostic] = []
    pending = list(limits)
    for arriving in experiences if experiences is not None else [None]:
        if arriving is not None:
            model.adapt(arriving, read_experience(arriving))
        kept: list[tuple[Block, Limit]] = []
        for block, limit in pending:
            used = _QUANTITIES[limit.quantity](model, block.path)
            if used <= limit.most:
                kept.append((block, limit))
                continue
            when = "as it is born" if arriving is None else f"at experience {model.experience} of {stream}"
            message = f"{block.title} has {used:,}{_UNITS[limit.quantity]} {when}, over its budget of {limit.most:,}"
            broken = Diagnostic("CL503", message, limit.span, _largest(model, block, limit))
            found.append(broken.used_at(*analysis.model.uses(block.path)))
        told = {each.span for each in found}
        pending = [each for each in kept if each[1].span not in told]  # a model used twice is told of once
        if not pending:
            break
    return found


def _largest(model: CountedModel, block: Block, limit: Limit) -> str:
    """Where most of it is."""
    amount = _QUANTITIES[limit.quantity]
    used = {path: amount(model, path) for path, _ in model.inside(block.path)}
    first = sorted(used, key=lambda path: -used[path])[:3]
    return "most of it: " + ", ".join(f"{path} {used[path]:,}" for path in first)


_QUANTITIES: Mapping[str, _Quantity] = {
    "parameters": CountedModel.parameters, "trainable": CountedModel.trainable, "memory": CountedModel.memory,
}  # fmt: skip
_UNITS = {"parameters": " parameters", "trainable": " trainable parameters", "memory": " bytes"}
