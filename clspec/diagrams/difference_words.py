"""The difference view as a Mermaid flowchart."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from clspec.diagrams import mermaid, style
from clspec.diagrams.difference import Difference, MarkedCards, around_facts, marks_of
from clspec.diagrams.flowcharts import card_lines
from clspec.diagrams.folding import Folded
from clspec.diagrams.options import DEFAULTS, Options
from clspec.diagrams.planning import Plan, plan_cards


def write_difference_flowchart(difference: Difference, options: Options = DEFAULTS) -> str:
    """What `draw_difference` draws, as Mermaid text."""
    plan = plan_cards(difference.scene, difference.states, MarkedCards(difference), options.direction)
    ends = dict.fromkeys(arrow.output for arrow in plan.links if not arrow.target)
    body = [
        *_boxes(plan, plan.boxes),
        *(mermaid.plain(mermaid.name(key, "output"), [key or "output"]) for key in ends),
        *_arrows(plan),
        *([mermaid.node("notes", difference.notes)] if difference.notes else []),
        *mermaid.clusters([mermaid.name(path, "in") for path in _around(plan.boxes)]),
    ]
    looks = [word for word in style.MARKS if word in marks_of(plan)]
    return mermaid.flowchart(difference.scene.name, difference.facts, plan.direction, body, looks)


def _boxes(plan: Plan, boxes: Sequence[Folded]) -> Iterator[str]:
    for folded in boxes:
        box, look = folded.box, mermaid.look_name(folded.box.mark)
        if box.path in plan.cards:
            yield mermaid.node(mermaid.name(box.path), card_lines(plan.cards[box.path]), look)
        elif not folded.children:
            yield mermaid.plain(mermaid.name(box.path), [box.name, *(box.details if box.mark else ()), box.mark])
        else:
            said = " · ".join(word for word in (box.name, *around_facts(box), box.mark) if word)
            yield from mermaid.subgraph(mermaid.name(box.path, "in"), [said], [*_boxes(plan, folded.children)])


def _around(boxes: Sequence[Folded]) -> Iterator[str]:
    for folded in boxes:
        if folded.children:
            yield folded.box.path
            yield from _around(folded.children)


def _arrows(plan: Plan) -> Iterator[str]:
    for arrow in plan.links:
        head = mermaid.name(plan.routes[arrow.target].entry) if arrow.target else mermaid.name(arrow.output, "output")
        said = " · ".join(word for word in (arrow.mark, arrow.label) if word)
        tail = mermaid.name(plan.routes[arrow.source].exit)
        yield mermaid.edge(tail, head, said, dashed=arrow.mark == "REMOVED")
