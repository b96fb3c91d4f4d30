"""The architecture view: a model at one moment, with shapes, sizes, states and rules."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import TypeVar

from clspec.diagrams import dot, style
from clspec.diagrams.canvas import draw_sheet
from clspec.diagrams.caption import NO_TITLE, caption_label, card_legend, facts_line, title_label
from clspec.diagrams.cards import WIDEST, Chip, compact, draw_card, header, header_width, rule_chips, state_chip
from clspec.diagrams.folding import Folded
from clspec.diagrams.metrics import shorten, wrap
from clspec.diagrams.options import DEFAULTS, Options
from clspec.diagrams.parts import FITS, count, percent, state_words, tooltip
from clspec.diagrams.planning import Plan, caption_width, clusters, label_node, plan_drawing, scene_facts
from clspec.diagrams.scene import NOTHING, Box, Frame, Scene
from clspec.growth import PartState, Snapshot

OUTPUT = "output"
_T = TypeVar("_T")


def draw_architecture(
    scene: Scene,
    states: Snapshot,
    *,
    later: Sequence[Frame] = (),
    at: int | None = None,
    options: Options = DEFAULTS,
) -> str:
    """DOT text of the model in `states`: as it is born, or, with `at`, as that experience was learnt.

    `later` are the experiences to come: they tell the classes and tasks that are drawn dotted.
    """
    plan = plan_drawing(scene, states, later, at, options.direction)
    drawing = _Drawing(scene, states, plan, _column(plan, scene, states))
    wide = caption_width(plan, drawing.width)
    facts = scene_facts(scene, states, later, at)
    legend = drawing.legend() if options.legend else ((), ())
    return draw_sheet(
        title=scene.name,
        description=". ".join(line for line in (facts, scene.doc) if line),
        title_label=NO_TITLE if options.bare else title_label(scene.name, [x for x in (facts, scene.doc) if x], wide),
        caption=caption_label(*legend, () if options.bare else scene.rules, wide),
        direction=plan.direction,
        spacing=(0.28, 0.2) if plan.direction == "LR" else (0.3, 0.3),
        inside=drawing.boxes(),
        outside=[*drawing.arrows(), *drawing.choices()],
    )


def _column(plan: Plan, scene: Scene, states: Snapshot) -> int:
    """From top to bottom one width for all cards, so wide that the names of clusters stay left of the arrows."""
    if plan.direction == "LR":
        return 0
    around = [box for box in clusters(plan.boxes) if box.path not in plan.tasks]
    names = [2 * header_width(box.name, _chips(box, scene, states), 11) + 4 for box in around]
    return max([card.width for card in plan.cards.values()] + names + [120])


def _words(box: Box, scene: Scene, states: Snapshot) -> list[str]:
    return state_words(box, states.get(box.path, NOTHING), scene)


def _chips(box: Box, scene: Scene, states: Snapshot) -> tuple[Chip, ...]:
    """The chips of a cluster: that it trains is what its cards say."""
    words = [word for word in _words(box, scene, states) if word != "TRAINS"]
    return (*(state_chip(word) for word in words), *rule_chips(box.rules))


@dataclass(frozen=True)
class _Drawing:
    """Draws a plan; `width` is the common width of the cards, 0 where each has its own."""

    scene: Scene
    states: Snapshot
    plan: Plan
    width: int

    @property
    def down(self) -> bool:
        return self.plan.direction == "TB"

    # ---- boxes

    def boxes(self) -> list[str]:
        lines = [line for folded in self._in_order(self.plan.boxes) for line in self._draw(folded)]
        ends = [link for link in self.plan.links if not link.target]
        labels = {link.output: link.label for link in ends}
        return lines + [self._plain(_output(key), key or OUTPUT, f"output: {label}") for key, label in labels.items()]

    def _in_order(self, things: Sequence[_T]) -> Sequence[_T]:
        """Graphviz lays left-to-right pictures out on their side: what stands side by side comes bottom to top."""
        return things if self.down else things[::-1]

    def _draw(self, folded: Folded) -> list[str]:
        box = folded.box
        if box.role == "input":
            link = dot.link(box.file or self.scene.file, box.line)
            return [self._plain(box.path, box.name, tooltip(box, (), NOTHING), link)]
        if box.path in self.plan.tasks:
            return self._draw_tasks(box)
        if folded.children:
            body = [line for child in self._in_order(folded.children) for line in self._draw(child)]
            name = f"{box.name} · {folded.times} ×" if folded.times > 1 else box.name
            # From top to bottom arrows enter in the middle: the name keeps to the left half.
            limit = self.width / 2 if self.down else 240
            return self._cluster(box, name, style.FIXED, body, limit=limit)
        card = self.plan.cards[box.path]
        if self.down:
            return [draw_card(replace(card, lines=compact(card.lines, self.width)), self.width)]
        return [draw_card(card, card.width)]

    def _draw_tasks(self, box: Box) -> list[str]:
        cards = [card for _, card in self.plan.tasks[box.path]]
        width = max(card.width for card in cards)
        look = style.LOOKS["GROWS"] if "GROWS" in _words(box, self.scene, self.states) else style.FIXED
        values: dict[str, dot.Value] = {
            "id": label_node(box.path),
            "shape": "diamond",
            "label": dot.text_label("task label", style.SMALL, style.INK),
            "color": style.LINE,
            "margin": "0.01,0.01",
            "tooltip": f"{box.path}: the task label chooses",
        }
        body = [draw_card(card, width) for card in self._in_order(cards)]
        # The arrows fan out over the whole upper side, so the name goes below.
        side, limit = ("b", width * len(cards)) if self.down else ("t", width)
        around = self._cluster(box, box.name, look, body, limit=limit, side=side)
        return [dot.node(label_node(box.path), values), *around]

    def _cluster(
        self, box: Box, name: str, look: style.Look, body: Sequence[str], *, limit: float, side: str = "t"
    ) -> list[str]:
        state = self.states.get(box.path, NOTHING)
        chips = _chips(box, self.scene, self.states)
        facts = facts_line(
            ["" if box.title == box.role else box.title, *box.details, _size(box, state).replace(" · ", "\xa0· ")]
        )
        rows = [header(name, chips, width=header_width(name, chips, 11), size=11)]
        rows += [dot.text_label(line, style.SMALL, style.MUTED) for line in wrap(facts, limit, style.SMALL)]
        values: dict[str, dot.Value] = {
            "id": box.path,
            "label": dot.table(*(dot.row(dot.cell(row, ALIGN="LEFT")) for row in rows)),
            "labeljust": "l",
            "labelloc": side,
            "style": f"rounded,{look.line}",
            "color": look.border,
            "penwidth": min(look.weight, 1.4),
            "margin": 11,
            "tooltip": tooltip(box, _words(box, self.scene, self.states), state),
            "URL": dot.link(box.file or self.scene.file, box.line),
        }
        return dot.cluster(box.path, values, body)

    def _plain(self, name: str, words: str, hint: str, url: str = "") -> str:
        label = dot.text_label(shorten(words, WIDEST, style.TEXT, bold=True), style.TEXT, style.INK, bold=True)
        return dot.node(name, {"id": name, "shape": "plain", "label": label, "tooltip": hint, "URL": url})

    # ---- arrows

    def arrows(self) -> Iterator[str]:
        for link in self.plan.links:
            source = self.plan.routes[link.source]
            grows = not link.target and self._grows(link.source)
            values: dict[str, dot.Value] = {
                "id": f"{link.source}->{link.target or _output(link.output)}",
                "label": self._label(link.label, style.ORANGE if grows else style.INK),
                "tooltip": f"{link.source} to {link.target or link.output or OUTPUT}: {link.label}",
                "ltail": f"cluster_{source.exit_cluster}" if source.exit_cluster else "",
            }
            if grows:
                values |= {"color": style.ORANGE, "penwidth": 2}
            target = self.plan.routes[link.target].entry if link.target else _output(link.output)
            yield dot.edge(source.exit, target, values)

    def choices(self) -> Iterator[str]:
        """From each `task label` to the tasks: dashed, because a sample takes one of them."""
        for path, cards in self.plan.tasks.items():
            for label, card in self._in_order(cards):
                later, new = card.look == style.LOOKS["LATER"], card.look == style.LOOKS["NEW"]
                values: dict[str, dot.Value] = {
                    "id": f"{path}:label->{label}",
                    "label": self._label(label),
                    "style": "dotted" if later else "dashed",
                    "color": style.PALE if later else style.ORANGE if new else style.LINE,
                    "penwidth": 2 if new else 1.2,
                    "tooltip": f"task {label}",
                }
                yield dot.edge(label_node(path), card.id, values)

    def _label(self, words: str, color: str = style.INK) -> dot.Value:
        if not words:
            return ""
        said = dot.cell(dot.text(f"\xa0{shorten(words, 150, style.SMALL)}\xa0", style.SMALL, color))
        # An empty row below or an empty cell before keeps the words off the line.
        return (
            dot.table(dot.row(dot.spacer(4), said))
            if self.down
            else dot.table(dot.row(said), dot.row(dot.spacer(4, 4)))
        )

    def _grows(self, path: str) -> bool:
        card = self.plan.cards.get(path)
        return path in self.plan.tasks or (card is not None and card.look == style.LOOKS["GROWS"])

    # ---- legend

    def legend(self) -> tuple[list[tuple[str, style.Look]], set[str]]:
        around = [chip for box in clusters(self.plan.boxes) for chip in _chips(box, self.scene, self.states)]
        return card_legend(self.plan.all_cards, around)


def _output(key: str) -> str:
    """The node of what the model returns at a key."""
    return f"{OUTPUT}:{key}" if key else f":{OUTPUT}"


def _size(box: Box, state: PartState) -> str:
    if not state.parameters:
        return FITS if box.fits else ""
    trains = (
        "" if state.trainable in {0, state.parameters} else f" · {percent(state.trainable, state.parameters)} train"
    )
    return count(state.parameters) + trains
