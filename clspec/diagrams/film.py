"""The evolution view as text and as a Mermaid flowchart: a line or a node an experience, with what changed."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

from clspec.diagrams import mermaid
from clspec.diagrams.evolution import MOST_FRAMES, experience_facts, film_facts
from clspec.diagrams.options import DEFAULTS, Options
from clspec.diagrams.parts import percent
from clspec.diagrams.scene import NOTHING, Frame, Scene
from clspec.diagrams.text import columns, heading, rule_lines, together
from clspec.growth import Snapshot, spell

_HEAD = ("experience", "classes", "tasks", "parameters", "trains", "what changed")
_CHANGED = "CHANGED"


def write_film(scene: Scene, initial: Snapshot, frames: Sequence[Frame], at: int | None = None) -> str:
    """What `draw_evolution` draws, as text; every experience has its line."""
    shown = frames if at is None else frames[: at + 1]
    rows = [_HEAD, ("born", "", "", *_size(initial), ""), *(row for frame in shown for row in _rows(frame))]
    title = heading(f"{scene.name}, experience by experience", film_facts(scene, initial, frames, at))
    return together(title, columns(rows, right=(0, 3, 4)), rule_lines(scene.rules))


def _rows(frame: Frame) -> list[tuple[str, ...]]:
    first, *rest = frame.changes or ("nothing",)
    numbers = (str(frame.number), spell(frame.classes), spell(frame.tasks), *_size(frame.states))
    return [(*numbers, first), *(("", "", "", "", "", change) for change in rest)]


def _size(states: Snapshot) -> tuple[str, str]:
    whole = states.get("", NOTHING)
    return f"{whole.parameters:,}", percent(whole.trainable, whole.parameters)


def write_film_flowchart(
    scene: Scene, initial: Snapshot, frames: Sequence[Frame], options: Options = DEFAULTS, at: int | None = None
) -> str:
    """What `draw_evolution` draws, as Mermaid text: a node an experience."""
    known = frames if at is None else frames[: at + 1]
    shown = [*known] if len(known) <= MOST_FRAMES else [*known[:3], None, *known[-2:]]
    size, share = _size(initial)
    nodes = [mermaid.node("born", ["as born", f"{size} params · {share} train"])]
    for frame in shown:
        if frame is None:
            nodes.append(mermaid.node("more", [f"experiences {known[3].number} … {known[-3].number}"]))
        else:
            facts = [f"experience {frame.number}", *experience_facts(frame, frames), *frame.changes[:6]]
            more = [f"… {len(frame.changes) - 6} more"] if len(frame.changes) > 6 else []
            look = mermaid.look_name(_CHANGED) if frame.changes else ""
            nodes.append(mermaid.node(f"e{frame.number}", [*facts, *more], look))
    names = ["born", *("more" if frame is None else f"e{frame.number}" for frame in shown)]
    arrows = [mermaid.edge(tail, head) for tail, head in pairwise(names)]
    title, facts = f"{scene.name}, experience by experience", film_facts(scene, initial, frames, at)
    direction = "LR" if options.direction == "auto" else options.direction
    return mermaid.flowchart(title, facts, direction, [*nodes, *arrows], [_CHANGED])
