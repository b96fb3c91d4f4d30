"""The adaptation view: the plan as a picture, from triggers over actions to the parts that they reach."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

from clspec.diagrams import dot, style
from clspec.diagrams.canvas import draw_sheet
from clspec.diagrams.caption import NO_TITLE, caption_label, card_legend, facts_line, title_label
from clspec.diagrams.cards import Card, Chip, Line, draw_card
from clspec.diagrams.effects import (
    NO_RULES,
    WHOLE,
    Effects,
    find_effects,
    look_of_rule,
    untouched_words,
    verb_and_target,
)
from clspec.diagrams.metrics import wrap
from clspec.diagrams.options import DEFAULTS, Options
from clspec.diagrams.parts import count, part_card
from clspec.diagrams.scene import RuleLine, Scene
from clspec.growth import Snapshot

_NARROWEST = 60
"""No column is narrower, in points."""

_ORDER = "rules act in the order of their numbers"


def draw_adaptation(scene: Scene, states: Snapshot, options: Options = DEFAULTS) -> str:
    """DOT text of what happens to a model, in `states`, rule by rule."""
    effects = find_effects(scene, states)
    plan = _Plan(scene, states, effects)
    direction = "LR" if options.direction == "auto" else options.direction
    columns = [plan.triggers(), plan.actions(), plan.parts()]
    across = sum(max((card.width for card in column), default=0) + 60 for column in columns)
    wide = max(460, min(style.README_WIDTH, across))
    title, facts = plan_title(scene), plan_facts(scene, effects)
    cards = [card for column in columns for card in column]
    legend = card_legend(cards) if options.legend else ((), ())
    return draw_sheet(
        title=title,
        description=facts,
        title_label=NO_TITLE if options.bare else title_label(title, [facts], wide),
        caption=caption_label(*legend, (), wide),
        direction=direction,
        spacing=(0.16, 0.7) if direction == "LR" else (0.25, 0.5),
        inside=[*(line for column in columns for line in _drawn(column)), *([] if scene.rules else [_nothing()])],
        outside=[*_ranks(columns, direction), *plan.arrows()],
    )


def plan_title(scene: Scene) -> str:
    return f"{scene.name}, rule by rule"


def plan_facts(scene: Scene, effects: Effects) -> str:
    """The line below the title: how many rules, and what they leave alone."""
    rules = count(len(scene.rules), "rule") if scene.rules else NO_RULES
    return facts_line([scene.file, rules, _ORDER if len(scene.rules) > 1 else "", untouched_words(effects)])


def reached_cards(scene: Scene, states: Snapshot, effects: Effects) -> list[Card]:
    """The parts that rules act on, each under its path: names alone may be shared."""
    return [replace(part_card(box, 1, scene, states, ()), name=box.path) for box in effects.parts]


@dataclass(frozen=True)
class _Plan:
    scene: Scene
    states: Snapshot
    effects: Effects

    def triggers(self) -> list[Card]:
        return [_trigger(f"when:{at}", when) for at, when in enumerate(self.effects.whens)]

    def actions(self) -> list[Card]:
        return [self._action(rule) for rule in self.scene.rules]

    def _action(self, rule: RuleLine) -> Card:
        verb, target = verb_and_target(rule)
        origin = f"its own rule · {rule.place}" if rule.own else rule.place
        lines = (Line(target), Line(origin, style.SMALL, style.MUTED))
        chips, hint = (Chip(f"R{rule.number}", style.ORANGE),), f"R{rule.number}, {rule.when}: {rule.what} ({origin})"
        url = dot.link(rule.file or self.scene.file, rule.line)
        return Card(f"rule:{rule.number}", verb, look_of_rule(rule), chips, lines, tooltip=hint, url=url)

    def parts(self) -> list[Card]:
        whole = [Card("whole", WHOLE, style.FIXED, tooltip=WHOLE)] if not all(self.effects.reached.values()) else []
        return [*reached_cards(self.scene, self.states, self.effects), *whole]

    def arrows(self) -> Iterator[str]:
        for rule in self.scene.rules:
            action = f"rule:{rule.number}"
            yield dot.edge(f"when:{self.effects.whens.index(rule.when)}", action, {"tooltip": rule.when})
            for path in [box.path for box in self.effects.reached[rule.number]] or ["whole"]:
                look = look_of_rule(rule)
                values: dict[str, dot.Value] = {
                    "id": f"{action}->{path}",
                    "color": look.border if look != style.FIXED else style.LINE,
                    "penwidth": 1.8,
                    "tooltip": f"R{rule.number}: {rule.what}",
                }
                yield dot.edge(action, path, values)


def _ranks(columns: Sequence[Sequence[Card]], direction: str) -> Iterator[str]:
    """Each column in one rank. Unseen edges keep the triggers in their order, in which Graphviz 2 and 14 differ; the
    others follow them with as few crossings as can be.

    Graphviz lays left-to-right pictures out on their side: what stands side by side comes bottom to top.
    """
    for column in columns:
        if column:
            yield dot.same_rank(card.id for card in column)
    triggers = columns[0] if direction == "TB" else columns[0][::-1]
    for above, below in pairwise(triggers):
        yield dot.edge(above.id, below.id, {"style": "invis"})


def _trigger(id: str, when: str) -> Card:
    name, *rest = wrap(when, 150, style.NAME) or [when]
    lines = tuple(Line(line, style.NAME, bold=True) for line in rest)
    return Card(id, name, style.FIXED, lines=lines, tooltip=when)


def _drawn(column: Sequence[Card]) -> list[str]:
    """The cards of a column, all as wide as the widest."""
    width = max([card.width for card in column] + [_NARROWEST])
    return [draw_card(card, width) for card in column]


def _nothing() -> str:
    return draw_card(Card("nothing", NO_RULES, style.FIXED, tooltip=NO_RULES), 300)
