"""From an analysed model, or one that has grown, to a picture of it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Protocol, cast

from clspec.analyses import Analysis
from clspec.analyses.streams import unknown_experience
from clspec.diagnostics import SpecError
from clspec.diagrams.model_scene import make_scene
from clspec.diagrams.moments import Moments
from clspec.diagrams.options import Options, choose
from clspec.diagrams.render import Diagram
from clspec.diagrams.scene import Frame
from clspec.diagrams.views import VIEWS, View, draw_view
from clspec.forecast import forecast
from clspec.growth import Snapshot

_GROWN = "This is a model as it has grown, which keeps no stream: draw its spec to step through experiences."


class GrownModel(Protocol):
    """A compiled model: SPEC, what it was compiled from, and the states of its parts; this module knows no torch."""

    SPEC: Any

    def describe(self) -> Snapshot: ...


def grown_model(model: object) -> GrownModel:
    """The same model. Raises TypeError for one that was not compiled from a spec."""
    if getattr(model, "SPEC", None) is None or not callable(getattr(model, "describe", None)):
        kind = type(model).__name__
        raise TypeError(f"{kind} is neither a spec nor a model that was compiled from one: nothing says what to draw")
    return cast(GrownModel, model)


def draw_spec(analysis: Analysis, stream: Sequence[Any], view: View, at: int | None, options: Options) -> Diagram:
    """A view of a model over a stream, which may be empty.

    Raises SpecError for an experience, ValueError for a part, that is not there.
    """
    table = forecast(analysis, stream)
    frames = [
        Frame(row.experience, row.classes, row.task_labels, row.states, _as_written(analysis, row.changes))
        for row in table.rows
    ]
    if at is not None and not 0 <= at < len(frames):
        raise SpecError([unknown_experience(at, len(frames), analysis.spec.file)])
    moments = Moments(table.initial, frames, "" if frames else _why_none(analysis))
    return draw_view(view, make_scene(analysis), moments, at, options)


def _as_written(analysis: Analysis, changes: Sequence[str]) -> list[str]:
    """Changes that say `until stage2` where the spec does: reports have the full path."""
    bounds = {planned.rule.bounds: planned.bounds for planned in analysis.plan.rules if planned.bounds}
    full = [next((each for each in bounds if line.endswith(each)), "") for line in changes]
    return [line.removesuffix(each) + bounds.get(each, "") for line, each in zip(changes, full, strict=True)]


def _why_none(analysis: Analysis) -> str:
    """What a page says where there are no experiences to step through."""
    streams = [stream.name.text for stream in analysis.spec.streams]
    if len(streams) > 1:
        return f"The spec has {len(streams)} streams: say which one with --stream, {' or '.join(streams)}."
    if streams:
        return "The stream has no experiences."
    return (
        "The spec declares no stream, so there are no experiences to step through. Write `stream tasks = "
        "split(classes=10, experiences=5)` in it, or draw it with --stream 'split(classes=10, experiences=5)'."
    )


def draw_grown(analysis: Analysis, model: GrownModel, view: View, options: Options) -> Diagram:
    """A view of a model as it is now; `analysis` is of the spec that it was compiled from."""
    return draw_view(view, make_scene(analysis), Moments(model.describe(), why=_GROWN), None, options)


def judge_view(view: View, *, grown: bool, unfit: Sequence[str] = ()) -> None:
    """Raises ValueError for an unknown view, and for one, or an argument in `unfit`, that a grown model has not."""
    if str(view) == "diff":
        raise ValueError('the view "diff" is of two specs: clspec.diff(old, new).render()')
    choose("view", view, VIEWS)
    if grown and view == "evolution":
        raise ValueError("a model keeps no stream to show its evolution over: draw its spec")
    if grown and unfit:
        raise ValueError(f"a model is drawn as it has grown: {', '.join(unfit)} can be told of a spec only")
