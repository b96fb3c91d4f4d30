"""The architecture view as a Mermaid flowchart, which GitHub and notebooks draw without any engine."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from clspec.diagrams import mermaid, style
from clspec.diagrams.cards import Card, rule_chips, state_chip
from clspec.diagrams.folding import Folded
from clspec.diagrams.options import DEFAULTS, Options
from clspec.diagrams.parts import count, state_words
from clspec.diagrams.planning import Plan, clusters, plan_drawing, scene_facts
from clspec.diagrams.scene import NOTHING, Box, Frame, Scene
from clspec.diagrams.text import chip_words, class_words
from clspec.growth import Snapshot


def write_flowchart(
    scene: Scene,
    states: Snapshot,
    *,
    later: Sequence[Frame] = (),
    at: int | None = None,
    options: Options = DEFAULTS,
) -> str:
    """What `draw_architecture` draws, as Mermaid text."""
    plan = plan_drawing(scene, states, later, at, options.direction)
    chart = _Chart(scene, states, plan)
    facts = ". ".join(line for line in (scene_facts(scene, states, later, at), scene.doc) if line)
    around = [mermaid.name(box.path, "in") for box in clusters(plan.boxes)]
    body = [*chart.boxes(plan.boxes), *chart.outputs(), *chart.arrows(), *chart.choices(), *mermaid.clusters(around)]
    looks = [word for word, look in style.LOOKS.items() if look in {card.look for card in plan.all_cards}]
    return mermaid.flowchart(scene.name, facts, plan.direction, body, looks)


def look_class(look: style.Look) -> str:
    """The class of a state's look; "" for what has no state."""
    return next((mermaid.look_name(word) for word, known in style.LOOKS.items() if known == look), "")


def card_lines(card: Card) -> list[str]:
    """A card as the lines of a label."""
    texts = [line.text for line in card.lines if line.text]
    return [card.name, *texts, class_words(card), chip_words(card.chips)]


@dataclass(frozen=True)
class _Chart:
    scene: Scene
    states: Snapshot
    plan: Plan

    def boxes(self, boxes: Sequence[Folded]) -> Iterator[str]:
        for folded in boxes:
            box = folded.box
            if box.role == "input":
                yield mermaid.plain(mermaid.name(box.path), [box.name])
            elif box.path in self.plan.tasks:
                cards = [card for _, card in self.plan.tasks[box.path]]
                yield mermaid.choice(mermaid.name(box.path, "label"), ["task label"])
                yield from mermaid.subgraph(mermaid.name(box.path, "in"), self._header(box, 1), _nodes(cards))
            elif folded.children:
                header, inside = self._header(box, folded.times), list(self.boxes(folded.children))
                yield from mermaid.subgraph(mermaid.name(box.path, "in"), header, inside)
            else:
                yield from _nodes([self.plan.cards[box.path]])

    def _header(self, box: Box, times: int) -> list[str]:
        """A cluster's name and size on one line: Mermaid keeps too little room for more."""
        state = self.states.get(box.path, NOTHING)
        words = [word for word in state_words(box, state, self.scene) if word != "TRAINS"]
        facts = [f"{times} ×" if times > 1 else "", "" if box.title == box.role else box.title, *box.details]
        facts += [count(state.parameters) if state.parameters else ""]
        chips = chip_words([*map(state_chip, words), *rule_chips(box.rules)])
        return [" · ".join(word for word in (box.name, *facts, chips) if word)]

    def outputs(self) -> Iterator[str]:
        for key in dict.fromkeys(link.output for link in self.plan.links if not link.target):
            yield mermaid.plain(mermaid.name(key, "output"), [key or "output"])

    def arrows(self) -> Iterator[str]:
        for link in self.plan.links:
            route = self.plan.routes[link.source]
            tail = mermaid.name(route.exit_cluster, "in") if route.exit_cluster else mermaid.name(route.exit)
            yield mermaid.edge(tail, self._head(link.target, link.output), link.label)

    def _head(self, target: str, output: str) -> str:
        if not target:
            return mermaid.name(output, "output")
        entry = self.plan.routes[target].entry
        per_task = entry.removesuffix(":label")
        return mermaid.name(per_task, "label") if per_task in self.plan.tasks else mermaid.name(entry)

    def choices(self) -> Iterator[str]:
        for path, cards in self.plan.tasks.items():
            for label, card in cards:
                yield mermaid.edge(mermaid.name(path, "label"), mermaid.name(card.id), label, dashed=True)


def _nodes(cards: Sequence[Card]) -> list[str]:
    return [mermaid.node(mermaid.name(card.id), card_lines(card), look_class(card.look)) for card in cards]
