"""What the architecture view will draw: its cards, its arrows, and where these meet the cards."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import Protocol

from clspec.diagrams import style
from clspec.diagrams.caption import facts_line
from clspec.diagrams.cards import Card
from clspec.diagrams.folding import Folded, fold_boxes
from clspec.diagrams.layout import Direction, choose_direction, gap
from clspec.diagrams.metrics import text_width
from clspec.diagrams.options import Turn
from clspec.diagrams.parts import count, part_card, percent, task_cards
from clspec.diagrams.scene import NOTHING, Arrow, Box, Frame, Scene
from clspec.growth import Snapshot


@dataclass(frozen=True)
class Route:
    """The nodes by which arrows enter and leave a drawn box, and the cluster at whose border they start."""

    entry: str
    exit: str
    exit_cluster: str = ""


@dataclass
class Plan:
    """Everything to draw, by the path of its box; `tasks` are a per-task part's cards with their labels."""

    boxes: tuple[Folded, ...]
    cards: dict[str, Card] = field(default_factory=dict[str, Card])
    tasks: dict[str, list[tuple[str, Card]]] = field(default_factory=dict[str, list[tuple[str, Card]]])
    routes: dict[str, Route] = field(default_factory=dict[str, Route])
    links: list[Arrow] = field(default_factory=list[Arrow])
    direction: Direction = "LR"

    @property
    def all_cards(self) -> list[Card]:
        return [*self.cards.values(), *(card for cards in self.tasks.values() for _, card in cards)]


class Cards(Protocol):
    """What is drawn of a part."""

    def card(self, box: Box, times: int) -> Card:
        """The card of a leaf, of several that are alike where there are."""
        ...

    def tasks(self, box: Box) -> list[tuple[str, Card]]:
        """A card a task with its label, of a per-task part that is drawn so; [] where it is drawn as a leaf."""
        ...


@dataclass(frozen=True)
class _AtAMoment:
    """The cards of a model at one moment."""

    scene: Scene
    states: Snapshot
    later: Sequence[Frame]
    at: int | None

    def card(self, box: Box, times: int) -> Card:
        return part_card(box, times, self.scene, self.states, self.later)

    def tasks(self, box: Box) -> list[tuple[str, Card]]:
        cards = task_cards(box, self.scene, self.states, self.later, self.at)
        return cards or [("", self.card(box, 1))]


def plan_drawing(
    scene: Scene, states: Snapshot, later: Sequence[Frame], at: int | None, direction: Turn = "auto"
) -> Plan:
    """A model at a moment: how it will be drawn."""
    return plan_cards(scene, states, _AtAMoment(scene, states, later, at), direction)


def plan_cards(scene: Scene, states: Snapshot, cards: Cards, direction: Turn = "auto") -> Plan:
    """Folds repeats, makes the cards, and chooses which way the picture runs where that is not told."""
    boxes, arrows = fold_boxes(scene.boxes, scene.arrows, states)
    plan = Plan(boxes)
    for folded in boxes:
        _place(plan, folded, cards)
    plan.links = _links(arrows, plan.routes)
    depth = max(map(_depth, boxes), default=0)
    fitting = choose_direction(_widths(plan), plan.links, depth=depth, column=tasks_width(plan))
    plan.direction = fitting if direction == "auto" else direction
    return plan


def scene_facts(scene: Scene, states: Snapshot, later: Sequence[Frame], at: int | None) -> str:
    """The line below the title: the file, what goes in, the moment, how large the model is and will be."""
    whole = states.get("", NOTHING)
    inputs = {box.path for box in scene.boxes if box.role == "input"}
    shapes = ", ".join(dict.fromkeys(arrow.label for arrow in scene.arrows if arrow.source in inputs))
    trains = f"{whole.trainable:,} train ({percent(whole.trainable, whole.parameters)})"
    size = f"{count(whole.parameters)}{' now' if later else ''}, {trains}"
    end = f"after experience {later[-1].number}: {later[-1].states.get('', whole).parameters:,}" if later else ""
    moment = "" if at is None else f"experience {at}"
    return facts_line([scene.file, f"input {shapes}" if shapes else "", moment, size, end])


def _place(plan: Plan, folded: Folded, cards: Cards) -> Route:
    box = folded.box
    route = Route(box.path, box.path)
    tasks = cards.tasks(box) if box.per_task else []
    if tasks:
        plan.tasks[box.path] = tasks
        route = Route(label_node(box.path), tasks[len(tasks) // 2][1].id, box.path)
    elif folded.children:
        inner = [_place(plan, child, cards) for child in folded.children]
        route = Route(inner[0].entry, inner[-1].exit, inner[-1].exit_cluster)
    elif box.role != "input":
        plan.cards[box.path] = cards.card(box, folded.times)
    plan.routes[box.path] = route
    return route


def label_node(path: str) -> str:
    """The node of the `task label` before a per-task part."""
    return f"{path}:label"


def _links(arrows: Sequence[Arrow], routes: dict[str, Route]) -> list[Arrow]:
    """The arrows between what is drawn; one from inside a box that is drawn whole names the place (`stage2`)."""
    links: list[Arrow] = []
    for arrow in arrows:
        source, inside = _nearest(arrow.source, routes)
        target, _ = _nearest(arrow.target, routes)
        if source and (target or not arrow.target) and source != target:
            label = " · ".join(word for word in (inside, arrow.label) if word)
            links.append(replace(arrow, source=source, target=target, label=label))
    return list(dict.fromkeys(links))


def _nearest(path: str, routes: dict[str, Route]) -> tuple[str, str]:
    known, rest = path, ""
    while known and known not in routes:
        known, _, last = known.rpartition(".")
        rest = f"{last}.{rest}" if rest else last
    return known, rest


# ---- sizes ---------------------------------------------------------------------------------------------------------


def _widths(plan: Plan) -> dict[str, float]:
    widths = {path: card.width + 24.0 for path, card in plan.cards.items()}
    # A diamond and the fan of arrows stand before the cards of the tasks.
    widths |= {path: 190.0 + max(card.width for _, card in cards) for path, cards in plan.tasks.items()}
    inputs = [folded.box for folded in plan.boxes if folded.box.role == "input"]
    widths |= {box.path: text_width(box.name, style.TEXT, bold=True) for box in inputs}
    return {**widths, "": 40.0}


def tasks_width(plan: Plan) -> float:
    """How wide the widest row of tasks is from top to bottom."""
    # All cards of a row are as wide as the widest.
    return max(
        (len(cards) * (max(card.width for _, card in cards) + 35.0) for cards in plan.tasks.values()), default=0.0
    )


def caption_width(plan: Plan, column: int) -> int:
    """How wide title and legend may run: short pictures keep them short too, and so stay compact."""
    total = sum(_widths(plan).values()) + sum(gap(link.label) for link in plan.links)
    wide = max(column + 60, tasks_width(plan)) if plan.direction == "TB" else total
    return round(min(max(wide, 460), style.README_WIDTH))


def _depth(folded: Folded) -> int:
    return 1 + max(map(_depth, folded.children), default=0) if folded.children or folded.box.per_task else 0


def clusters(boxes: Sequence[Folded]) -> Iterator[Box]:
    """The boxes that are drawn around others, outermost first; per-task parts are among them."""
    for folded in boxes:
        if folded.children or folded.box.per_task:
            yield folded.box
        yield from clusters(folded.children)
