"""The difference view: two models in one picture, with what was added, removed, changed and moved."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from clspec.diagrams import dot, style
from clspec.diagrams.canvas import draw_sheet
from clspec.diagrams.caption import caption_label, title_label
from clspec.diagrams.cards import Card, Chip, Line, draw_card, header, header_width
from clspec.diagrams.folding import Folded
from clspec.diagrams.metrics import shorten
from clspec.diagrams.options import DEFAULTS, Options
from clspec.diagrams.parts import count
from clspec.diagrams.planning import Plan, caption_width, clusters, plan_cards
from clspec.diagrams.scene import NOTHING, Arrow, Box, Scene
from clspec.growth import Snapshot

OUTPUT = "output"
MOST_FACTS = 6
"""As many of what changed of a part stand on its card; the text form has all."""
_ARROWS: dict[str, dict[str, dot.Value]] = {
    "ADDED": {"color": style.BLUE, "penwidth": 2.2},
    "REMOVED": {"color": style.GREY, "style": "dotted", "penwidth": 1.6},
    "CHANGED": {"color": style.ORANGE, "penwidth": 2.0},
}


@dataclass(frozen=True)
class Difference:
    """What is drawn: `scene` holds the parts of both models, marked; `facts` stand below the title, `notes` at the end.

    `states` are those of NEW, and of what was removed those of OLD.
    """

    scene: Scene
    states: Snapshot
    facts: str
    notes: Sequence[str]


def draw_difference(difference: Difference, options: Options = DEFAULTS) -> str:
    """DOT text of two models in one."""
    scene = difference.scene
    plan = plan_cards(scene, difference.states, MarkedCards(difference), options.direction)
    down = plan.direction == "TB"
    column = _column(plan) if down else 0
    wide = caption_width(plan, column)
    looks = [(word, look) for word, look in style.MARKS.items() if word in marks_of(plan)]
    return draw_sheet(
        title=scene.name,
        description=difference.facts,
        title_label=title_label(scene.name, [difference.facts], wide),
        caption=caption_label(looks if options.legend else (), (), (), wide, difference.notes),
        direction=plan.direction,
        spacing=(0.3, 0.3) if down else (0.28, 0.2),
        inside=[*_boxes(plan, column, down=down), *_ends(plan)],
        outside=_arrows(plan, down=down),
    )


@dataclass(frozen=True)
class MarkedCards:
    """The cards of two models in one: what stayed as it was is quiet."""

    difference: Difference

    def card(self, box: Box, times: int) -> Card:
        state = self.difference.states.get(box.path, NOTHING)
        mark = box.mark
        shown = box.details[:MOST_FACTS]
        more = len(box.details) - len(shown)
        lines = [Line(box.title)] if box.title and box.title != box.name else []
        lines += [Line(detail, style.SMALL if mark else style.TEXT) for detail in shown]
        lines += [Line(f"… {more} more", style.SMALL, style.MUTED)] if more else []
        told = any(detail.startswith("parameters ") for detail in box.details)
        lines += [Line(count(state.parameters), style.SMALL, style.MUTED)] if state.parameters and not told else []
        chips = ((Chip(f"{times} ×"),) if times > 1 else ()) + mark_chips(mark)
        facts = " · ".join(word for word in (box.title, *box.details, mark.lower()) if word)
        hint = f"{box.path}: {facts} ({box.place})"
        url = dot.link(box.file or self.difference.scene.file, box.line) if mark != "REMOVED" else ""
        quiet = mark in ("", "REMOVED")
        return Card(box.path, box.name, mark_look(mark), chips, tuple(lines), tooltip=hint, url=url, muted=quiet)

    def tasks(self, box: Box) -> list[tuple[str, Card]]:
        """None: what became of a part is told of all its tasks together."""
        del box
        return []


def _column(plan: Plan) -> int:
    """From top to bottom one width for all cards, so wide that the names of clusters stay left of the arrows."""
    names = [2 * header_width(box.name, mark_chips(box.mark), 11) + 4 for box in clusters(plan.boxes)]
    return max([card.width for card in plan.cards.values()] + names + [120])


def mark_look(mark: str) -> style.Look:
    return style.MARKS.get(mark, style.FIXED)


def mark_chips(mark: str) -> tuple[Chip, ...]:
    return (Chip(mark, mark_look(mark).border, filled=True),) if mark else ()


def around_facts(box: Box) -> list[str]:
    """What is told of a box around others: what changed inside stands on the cards there."""
    return [*([box.title] if box.title != box.role else []), *(each for each in box.details if each.startswith("was "))]


def marks_of(plan: Plan) -> set[str]:
    """The marks that occur on cards and on what stands around them."""

    def inside(boxes: Sequence[Folded]) -> Iterator[str]:
        for folded in boxes:
            yield folded.box.mark
            yield from inside(folded.children)

    return {*inside(plan.boxes)}


# ---- drawing


def _boxes(plan: Plan, width: int, *, down: bool) -> list[str]:
    # Graphviz lays left-to-right pictures out on their side: what stands side by side comes bottom to top.
    boxes = plan.boxes if down else plan.boxes[::-1]
    return [line for folded in boxes for line in _box(plan, folded, width, down=down)]


def _box(plan: Plan, folded: Folded, width: int, *, down: bool) -> list[str]:
    box = folded.box
    if box.path in plan.cards:
        card = plan.cards[box.path]
        return [draw_card(card, width or card.width)]
    if not folded.children:
        return [_plain(box.path, box.name, box)]
    children = folded.children if down else folded.children[::-1]
    body = [line for child in children for line in _box(plan, child, width, down=down)]
    name = f"{box.name} · {folded.times} ×" if folded.times > 1 else box.name
    chips, look = mark_chips(box.mark), mark_look(box.mark)
    rows = [header(name, chips, width=header_width(name, chips, 11), size=11)]
    rows += [
        dot.text_label(shorten(fact, (width or 480) / 2, style.SMALL), style.SMALL, style.MUTED)
        for fact in around_facts(box)
    ]
    values: dict[str, dot.Value] = {
        "id": box.path,
        "label": dot.table(*(dot.row(dot.cell(row, ALIGN="LEFT")) for row in rows)),
        "labeljust": "l",
        "style": f"rounded,{look.line}",
        "color": look.border,
        "penwidth": min(look.weight, 2.0),
        "margin": 11,
        "tooltip": f"{box.path}: {box.mark.lower() or 'as it was'}",
    }
    return dot.cluster(box.path, values, body)


def _plain(name: str, words: str, box: Box | None = None) -> str:
    mark = box.mark if box else ""
    said = " ".join([words, *(box.details if box and mark else ()), *([mark] if mark else [])])
    color = mark_look(mark).border if mark else style.INK
    label = dot.text_label(shorten(said, 220, style.TEXT, bold=True), style.TEXT, color, bold=True)
    return dot.node(name, {"id": name, "shape": "plain", "label": label, "tooltip": said})


def _ends(plan: Plan) -> list[str]:
    ends = {arrow.output: arrow for arrow in plan.links if not arrow.target}
    return [_plain(_output(key), key or OUTPUT) for key in ends]


def _output(key: str) -> str:
    """The node of what the model returns at a key."""
    return f"{OUTPUT}:{key}" if key else f":{OUTPUT}"


def _arrows(plan: Plan, *, down: bool) -> Iterator[str]:
    for arrow in plan.links:
        source = plan.routes[arrow.source]
        target = plan.routes[arrow.target].entry if arrow.target else _output(arrow.output)
        said = f"{arrow.source} to {arrow.target or arrow.output or OUTPUT}: {arrow.label} {arrow.mark.lower()}"
        values: dict[str, dot.Value] = {
            "id": f"{arrow.source}->{arrow.target or _output(arrow.output)}",
            "label": _label(arrow, down=down),
            "tooltip": said.strip(),
            **_ARROWS.get(arrow.mark, {}),
        }
        yield dot.edge(source.exit, target, values)


def _label(arrow: Arrow, *, down: bool) -> dot.Value:
    color = _ARROWS.get(arrow.mark, {}).get("color", style.INK)
    said = dot.cell(dot.text(f"\xa0{shorten(arrow.label, 150, style.SMALL)}\xa0", style.SMALL, str(color)))
    # An empty row below or an empty cell before keeps the words off the line.
    return dot.table(dot.row(dot.spacer(4), said)) if down else dot.table(dot.row(said), dot.row(dot.spacer(4, 4)))
