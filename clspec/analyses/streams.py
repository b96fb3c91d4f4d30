"""Checks and makes the streams that a spec declares."""

from __future__ import annotations

import inspect
from dataclasses import dataclass
from typing import Any

from clspec import streams
from clspec.analyses.arguments import place_arguments
from clspec.analyses.evaluate import EvaluationError, evaluate, spell
from clspec.diagnostics import Diagnostic, Findings, SpecError, choices_help
from clspec.experience import LONG, Experience
from clspec.ir.spec import Spec, Stream
from clspec.ir.values import Argument, Sequence


@dataclass(frozen=True)
class _Type:
    """What an argument may be: Python types, and the same in words."""

    types: tuple[type, ...]
    words: str
    most: int | None = None


_FLAG = _Type((bool,), "`true` or `false`")
ARGUMENTS = {
    "classes": _Type((int,), "an integer", 500_000_000),
    "experiences": _Type((int,), "an integer", 1_000_000),
    "task_labels": _FLAG,
    "class_ids_from_zero": _FLAG,
    "shuffle": _FLAG,
    "seed": _Type((int, type(None)), "an integer or none"),
    "class_order": _Type((list, type(None)), "a list of class ids or none"),
}
"""Of `split`, in positional order."""


def check_streams(spec: Spec) -> list[Diagnostic]:
    """What is wrong with the streams of a file."""
    return [problem for stream in spec.streams for problem in _read(stream)[1]]


def choose_stream(spec: Spec, name: str | None) -> list[Experience]:
    """The experiences of the stream of that name, or of the file's only one. Raises SpecError."""
    return make_stream(find_stream(spec, name))


def find_stream(spec: Spec, name: str | None) -> Stream:
    """The stream of that name, or the file's only one. Raises SpecError."""
    by_name = {stream.name.text: stream for stream in spec.streams}
    if name in by_name:
        return by_name[name]
    if name is not None:
        message, help = f'unknown stream "{name}"', choices_help(name, by_name) or "the file has none"
    elif len(by_name) == 1:
        (only,) = by_name.values()
        return only
    elif by_name:
        message, help = f"the file has {len(by_name)} streams", f"say which: {', '.join(by_name)}"
    else:
        message = "the file has no stream"
        words = "split(classes=10, experiences=5)"
        help = f"write `stream tasks = {words}` in it, or give one: --stream '{words}'"
    raise SpecError([Diagnostic("CL501", message, None, help, file=spec.file)])


def make_stream(stream: Stream) -> list[Experience]:
    """The experiences of a declared stream. Raises SpecError where it cannot be made."""
    arguments, found = _read(stream)
    if found:
        raise SpecError(found)
    return streams.split(**arguments)


def unknown_experience(at: int, length: int, file: str) -> Diagnostic:
    """The finding for an experience that a stream of so many has not."""
    message = f"experience {at} is not in the stream, which has {length}"
    help = f"they are counted from 0: 0 to {length - 1}" if length else None
    return Diagnostic("CL505", message, None, help, file=file)


def arguments_of_stream(stream: Stream) -> dict[str, Any]:
    """The arguments of a declared stream that is right, with the defaults of those that it does not say."""
    known = inspect.signature(streams.split).bind(**_read(stream)[0])
    known.apply_defaults()
    return known.arguments


@dataclass(frozen=True)
class Extent:
    """How many experiences and classes a stream has; `counted` are classes, or the long ranges that they come in."""

    experiences: int
    classes: int
    counted: int


def extent(stream: Stream) -> Extent:
    """Of a declared stream, without making it; nothing for one that is wrong."""
    arguments, found = _read(stream)
    if found:
        return Extent(0, 0, 0)
    experiences, classes = arguments.get("experiences", 5), arguments.get("classes", 10)
    in_ranges = classes // experiences >= LONG and not (arguments.get("shuffle") or arguments.get("class_order"))
    return Extent(experiences, classes, experiences if in_ranges else classes)


def _read(stream: Stream) -> tuple[dict[str, Any], list[Diagnostic]]:
    """The arguments with which to make a stream, and what is wrong with them."""
    maker = stream.maker
    if maker.name.text != "split":
        message = f'unknown stream maker "{maker.name.text}"'
        return {}, [Diagnostic("CL502", message, maker.name.span, "write `split(...)`")]
    placed, found = place_arguments("split", maker.span, maker.arguments, list(ARGUMENTS))
    given: dict[str, Any] = {}
    for name, argument in placed.items():
        try:
            given[name] = _value(name, argument, found)
        except EvaluationError as error:
            found.append(error.diagnostic)
    if not found:
        for fault in streams.faults_of_split(**given):
            about = fault.split(maxsplit=1)[0]  # a message on one argument begins with its name
            found.report("CL502", fault, placed[about].value.span if about in placed else maker.span)
    return given, found


def _value(name: str, argument: Argument, found: Findings) -> Any:
    """An argument worked out; what is wrong with it goes to `found`."""
    wanted, value = ARGUMENTS[name], argument.value
    if isinstance(value, Sequence):
        return _class_ids(name, value, found)
    got = evaluate(value, {})
    shown = spell(got)
    if type(got) not in wanted.types:
        found.report("CL203", f'argument "{name}" of split must be {wanted.words}, not {shown}', value.span)
    elif wanted.most is not None and isinstance(got, int) and got > wanted.most:
        message = f'argument "{name}" of split must be at most {wanted.most:,}, not {shown}'
        found.report("CL204", message, value.span)
    return got


def _class_ids(name: str, value: Sequence, found: Findings) -> list[Any]:
    ids = [evaluate(item, {}) for item in value.items]
    if list not in ARGUMENTS[name].types:
        found.report("CL203", f'argument "{name}" of split must be {ARGUMENTS[name].words}, not a list', value.span)
    for got, item in zip(ids, value.items, strict=True):
        if type(got) is not int:
            found.report("CL203", f'argument "{name}" of split holds class ids, not {spell(got)}', item.span)
    return ids
