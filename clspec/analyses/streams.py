"""Makes the streams that a spec declares."""

from __future__ import annotations

from typing import Any

from clspec import streams
from clspec.analyses.components import place_arguments
from clspec.analyses.evaluate import EvaluationError, evaluate, spell
from clspec.diagnostics import Diagnostic, SpecError, choices_help
from clspec.experience import Experience
from clspec.ir.spec import Spec, Stream
from clspec.ir.values import Sequence

ARGUMENTS: dict[str, tuple[type, ...]] = {
    "classes": (int,),
    "experiences": (int,),
    "task_labels": (bool,),
    "class_ids_from_zero": (bool,),
    "shuffle": (bool,),
    "seed": (int, type(None)),
    "class_order": (tuple, type(None)),
}
"""Of `split`, with their types."""
LARGEST = {"classes": 10_000_000, "experiences": 1_000_000}


def check_streams(spec: Spec) -> list[Diagnostic]:
    """What is wrong with the streams of a file."""
    found: list[Diagnostic] = []
    for stream in spec.streams:
        found += _arguments(stream)[1]
    return found


def choose_stream(spec: Spec, name: str | None) -> list[Experience]:
    """The stream of that name, or the file's only one. Raises SpecError."""
    by_name = {stream.name.text: stream for stream in spec.streams}
    if name is None:
        if len(by_name) == 1:
            return make_stream(next(iter(by_name.values())))
        message = f"the file has {len(by_name)} streams" if by_name else "the file has no stream"
        help = (
            f"say which: {', '.join(by_name)}"
            if by_name
            else "write `stream tasks = split(classes=10, experiences=5)` in it, or give one: "
            "--stream 'split(classes=10, experiences=5)'"
        )
        raise SpecError([Diagnostic("CL501", message, None, help, file=spec.file)])
    if name not in by_name:
        help = choices_help(name, by_name) or "the file has none"
        raise SpecError([Diagnostic("CL501", f'unknown stream "{name}"', None, help, file=spec.file)])
    return make_stream(by_name[name])


def make_stream(stream: Stream) -> list[Experience]:
    """The experiences of a declared stream. Raises SpecError where it cannot be made."""
    arguments, found = _arguments(stream)
    if not found:
        try:
            return streams.split(**arguments)
        except ValueError as error:
            found = [Diagnostic("CL502", str(error), stream.maker.span)]
    raise SpecError(found)


def _arguments(stream: Stream) -> tuple[dict[str, Any], list[Diagnostic]]:
    maker = stream.maker
    if maker.name.text != "split":
        return {}, [Diagnostic("CL502", f'unknown stream maker "{maker.name.text}"', maker.name.span, "write `split(...)`")]
    placed, found = place_arguments("split", maker.span, maker.arguments, list(ARGUMENTS))
    given: dict[str, Any] = {}
    for name, argument in placed.items():
        value = argument.value
        try:
            got = tuple(evaluate(item, {}) for item in value.items) if isinstance(value, Sequence) else evaluate(value, {})
        except EvaluationError as error:
            found.append(error.diagnostic)
            continue
        if type(got) not in ARGUMENTS[name]:
            wanted = {int: "an integer", bool: "`true` or `false`", tuple: "a list of class ids"}[ARGUMENTS[name][0]]
            shown = "a list" if isinstance(got, tuple) else spell(got)
            found.append(Diagnostic("CL203", f'argument "{name}" of split must be {wanted}, not {shown}', value.span))
        elif isinstance(got, int) and got > LARGEST.get(name, got):
            found.append(Diagnostic("CL204", f'argument "{name}" of split must be at most {LARGEST[name]:,}', value.span))
        else:
            given[name] = list(got) if isinstance(got, tuple) else got
    return given, found
