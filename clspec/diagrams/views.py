"""The views of a model by name, each written as DOT, as Mermaid and as text."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import Literal, get_args

from clspec.diagrams.adaptation import draw_adaptation
from clspec.diagrams.architecture import draw_architecture
from clspec.diagrams.evolution import draw_evolution
from clspec.diagrams.film import write_film, write_film_flowchart
from clspec.diagrams.flowcharts import write_flowchart
from clspec.diagrams.levels import at_depth
from clspec.diagrams.moments import Moments
from clspec.diagrams.options import Options
from clspec.diagrams.page.write import write_page
from clspec.diagrams.plan_words import write_plan, write_plan_flowchart
from clspec.diagrams.render import Diagram
from clspec.diagrams.scene import Scene
from clspec.diagrams.themes import recolour_dot, recolour_mermaid
from clspec.diagrams.tree import write_tree

View = Literal["architecture", "adaptation", "evolution"]
VIEWS: Sequence[View] = get_args(View)


def draw_view(view: View, scene: Scene, moments: Moments, at: int | None, options: Options) -> Diagram:
    """A view of a model, drawn and written. Raises ValueError for an experience or a part that is not there."""
    seen = at_depth(scene, options.depth, options.expand)
    states, later = moments.until(at)
    if view == "evolution":
        film = (seen, moments.born, moments.frames)
        written = (
            draw_evolution(*film, options, at=at),
            write_film_flowchart(*film, options, at),
            write_film(*film, at),
        )
    elif view == "adaptation":
        written = (
            draw_adaptation(seen, states, options),
            write_plan_flowchart(seen, states, options),
            write_plan(seen, states),
        )
    else:
        written = (
            draw_architecture(seen, states, later=later, at=at, options=options),
            write_flowchart(seen, states, later=later, at=at, options=options),
            write_tree(seen, states, later=later, at=at),
        )
    source, mermaid, text = written
    return Diagram(
        recolour_dot(source, options.theme),
        recolour_mermaid(mermaid, options.theme),
        text,
        options.theme,
        partial(write_page, seen, moments, view, at, options),
    )
