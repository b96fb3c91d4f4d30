"""The views of a model by name, each written as DOT, as Mermaid and as text."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, get_args

from clspec.diagrams.adaptation import draw_adaptation
from clspec.diagrams.architecture import draw_architecture
from clspec.diagrams.evolution import draw_evolution
from clspec.diagrams.film import write_film, write_film_flowchart
from clspec.diagrams.flowcharts import write_flowchart
from clspec.diagrams.levels import at_depth
from clspec.diagrams.options import Options
from clspec.diagrams.plan_words import write_plan, write_plan_flowchart
from clspec.diagrams.render import Diagram
from clspec.diagrams.scene import Frame, Scene
from clspec.diagrams.themes import recolour_dot, recolour_mermaid
from clspec.diagrams.tree import write_tree
from clspec.growth import Snapshot

View = Literal["architecture", "adaptation", "evolution"]
VIEWS: Sequence[View] = get_args(View)


@dataclass(frozen=True)
class Moments:
    """A model over a stream: `born` is its state before the first experience, `frames` are the experiences."""

    born: Snapshot
    frames: Sequence[Frame] = ()

    def until(self, at: int | None) -> tuple[Snapshot, Sequence[Frame]]:
        """The state at an experience, or at birth, and the experiences after it. Raises ValueError."""
        if at is None:
            return self.born, self.frames
        if not 0 <= at < len(self.frames):
            last = len(self.frames) - 1
            raise ValueError(f"experience {at} is not in the stream, which has {len(self.frames)}: 0 to {last}")
        return self.frames[at].states, self.frames[at + 1 :]


def draw_view(view: View, scene: Scene, moments: Moments, at: int | None, options: Options) -> Diagram:
    """A view of a model, drawn and written. Raises ValueError for an experience or a part that is not there."""
    seen = at_depth(scene, options.depth, options.expand)
    if view == "evolution":
        film = (seen, moments.born, moments.frames)
        written = draw_evolution(*film, options), write_film_flowchart(*film, options), write_film(*film)
    elif view == "adaptation":
        states, _ = moments.until(at)
        written = (
            draw_adaptation(seen, states, options),
            write_plan_flowchart(seen, states, options),
            write_plan(seen, states),
        )
    else:
        states, later = moments.until(at)
        written = (
            draw_architecture(seen, states, later=later, at=at, options=options),
            write_flowchart(seen, states, later=later, at=at, options=options),
            write_tree(seen, states, later=later, at=at),
        )
    source, mermaid, text = written
    return Diagram(recolour_dot(source, options.theme), recolour_mermaid(mermaid, options.theme), text, options.theme)
