"""From an analysed model, or one that has grown, to a picture of it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Protocol, cast

from clspec.analyses import Analysis
from clspec.diagrams.model_scene import make_scene
from clspec.diagrams.options import Options, choose
from clspec.diagrams.render import Diagram
from clspec.diagrams.scene import Frame
from clspec.diagrams.views import VIEWS, Moments, View, draw_view
from clspec.forecast import forecast
from clspec.growth import Snapshot


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
    """A view of a model over a stream, which may be empty. Raises ValueError for what is not there."""
    table = forecast(analysis, stream)
    frames = [Frame(row.experience, row.classes, row.task_labels, row.states, row.changes) for row in table.rows]
    return draw_view(view, make_scene(analysis), Moments(table.initial, frames), at, options)


def draw_grown(analysis: Analysis, model: GrownModel, view: View, options: Options) -> Diagram:
    """A view of a model as it is now; `analysis` is of the spec that it was compiled from."""
    return draw_view(view, make_scene(analysis), Moments(model.describe()), None, options)


def judge_view(view: View, *, grown: bool, unfit: Sequence[str] = ()) -> None:
    """Raises ValueError for an unknown view, and for one, or an argument in `unfit`, that a grown model has not."""
    if str(view) == "diff":
        raise ValueError('the view "diff" is of two specs: clspec.diff(old, new).render()')
    choose("view", view, VIEWS)
    if grown and view == "evolution":
        raise ValueError("a model keeps no stream to show its evolution over: draw its spec")
    if grown and unfit:
        raise ValueError(f"a model is drawn as it has grown: {', '.join(unfit)} can be told of a spec only")
