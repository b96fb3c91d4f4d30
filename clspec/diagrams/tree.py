"""The architecture view as text: a tree of the parts with their shapes, sizes, states and rules."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from clspec.diagrams.cards import Card, rule_chips, state_chip
from clspec.diagrams.folding import Folded
from clspec.diagrams.parts import FITS, UNCLAIMED, growth_words, state_words
from clspec.diagrams.planning import Plan, plan_drawing, scene_facts
from clspec.diagrams.scene import NOTHING, Frame, Scene
from clspec.diagrams.text import chip_words, class_words, columns, heading, kind_words, rule_lines, together
from clspec.growth import PartState, Snapshot

_HEAD = ("part", "kind", "gives", "parameters", "trainable", "state, rules, classes")


def write_tree(scene: Scene, states: Snapshot, *, later: Sequence[Frame] = (), at: int | None = None) -> str:
    """What `draw_architecture` draws, as text."""
    plan = plan_drawing(scene, states, later, at)
    tree = _Tree(scene, states, plan, later)
    whole = states.get("", NOTHING)
    rows = [_HEAD, (scene.name, "", "", *_numbers(whole), ""), *tree.rows(plan.boxes)]
    facts = heading(scene.name, scene_facts(scene, states, later, at), scene.doc)
    return together(facts, columns(rows, right=(3, 4)), rule_lines(scene.rules))


Row = tuple[str, ...]


@dataclass(frozen=True)
class _Tree:
    scene: Scene
    states: Snapshot
    plan: Plan
    later: Sequence[Frame]

    def rows(self, boxes: Sequence[Folded], indent: str = "") -> Iterator[Row]:
        for position, folded in enumerate(boxes):
            branch, below = _branches(position, len(boxes))
            yield self._row(folded, indent + branch)
            yield from self.rows(folded.children, indent + below)
            cards = [card for _, card in self.plan.tasks.get(folded.box.path, ())]
            for number, card in enumerate(cards):
                yield _member(card, indent + below + _branches(number, len(cards))[0])

    def _row(self, folded: Folded, lead: str) -> Row:
        box, times = folded.box, folded.times
        state = self.states.get(box.path, NOTHING)
        card = self.plan.cards.get(box.path)
        many = f"{times} × " if times > 1 else ""
        title = "" if box.title in (box.role, box.name) else box.title
        words = " · ".join(word for word in (title, *box.details) if word)
        if card is not None and not box.name.replace(".", "").isdigit():
            words = kind_words(card)
        chips = chip_words([*map(state_chip, state_words(box, state, self.scene)), *rule_chips(box.rules)])
        extra = (class_words(card) if card else "", growth_words(box.path, state, self.later), FITS if box.fits else "")
        shape = "" if words == box.shape else box.shape
        return (lead + box.name, many + words, shape, *_numbers(state, times), _joined(chips, *extra))


def _member(card: Card, lead: str) -> Row:
    """One task's member, or several that are alike."""
    notes = [line.text for line in card.lines if line.text and not line.text.startswith(f"{card.state.parameters:,} ")]
    kind = kind_words(card)
    classes = class_words(card)
    said = [note for note in notes if note not in kind and not (classes and note == UNCLAIMED)]
    return (lead + card.name, kind, "", *_numbers(card.state), _joined(chip_words(card.chips), classes, *said))


def _joined(*words: str) -> str:
    return " · ".join(word for word in words if word)


def _numbers(state: PartState, times: int = 1) -> tuple[str, str]:
    if not state.parameters:
        return "", ""
    return f"{times * state.parameters:,}", f"{times * state.trainable:,}"


def _branches(position: int, among: int) -> tuple[str, str]:
    """What leads to one of so many children, and what leads past it to what is below."""
    return ("└─ ", "   ") if position == among - 1 else ("├─ ", "│  ")
