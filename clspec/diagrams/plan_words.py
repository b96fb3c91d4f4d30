"""The adaptation view as text and as a Mermaid flowchart."""

from __future__ import annotations

from clspec.diagrams import mermaid, style
from clspec.diagrams.adaptation import plan_facts, plan_title, reached_cards
from clspec.diagrams.effects import NO_RULES, WHOLE, find_effects, look_of_rule, verb_and_target
from clspec.diagrams.flowcharts import card_lines, look_class
from clspec.diagrams.options import DEFAULTS, Options
from clspec.diagrams.scene import Scene
from clspec.diagrams.text import chip_words, columns, heading, kind_words, origin, together
from clspec.growth import Snapshot


def write_plan(scene: Scene, states: Snapshot) -> str:
    """What `draw_adaptation` draws, as text: the rules, then the parts that they reach."""
    effects = find_effects(scene, states)
    title = heading(plan_title(scene), plan_facts(scene, effects))
    if not scene.rules:
        return together(title)
    rows = [("rule", "when", "action", "target", "from")]
    rows += [(f"R{rule.number}", rule.when, *verb_and_target(rule), origin(rule)) for rule in scene.rules]
    parts = [("part", "kind", "parameters", "state and rules")]
    parts += [
        (
            card.id,
            kind_words(card),
            f"{card.state.parameters:,}" if card.state.parameters else "",
            chip_words(card.chips),
        )
        for card in reached_cards(scene, states, effects)
    ]
    return together(title, columns(rows), columns(parts, right=(2,)) if len(parts) > 1 else [])


def write_plan_flowchart(scene: Scene, states: Snapshot, options: Options = DEFAULTS) -> str:
    """What `draw_adaptation` draws, as Mermaid text."""
    effects = find_effects(scene, states)
    cards = reached_cards(scene, states, effects)
    nodes = [mermaid.plain(f"when_{at}", [when]) for at, when in enumerate(effects.whens)]
    nodes += [
        mermaid.node(
            f"rule_{rule.number}", [f"R{rule.number} {rule.what}", origin(rule)], look_class(look_of_rule(rule))
        )
        for rule in scene.rules
    ]
    nodes += [mermaid.node(mermaid.name(card.id), card_lines(card), look_class(card.look)) for card in cards]
    arrows: list[str] = []
    for rule in scene.rules:
        ends = [mermaid.name(box.path) for box in effects.reached[rule.number]]
        arrows.append(mermaid.edge(f"when_{effects.whens.index(rule.when)}", f"rule_{rule.number}"))
        arrows += [mermaid.edge(f"rule_{rule.number}", end) for end in ends or ["whole"]]
    nodes += [mermaid.node("whole", [WHOLE])] if not all(effects.reached.values()) else []
    nodes += [mermaid.plain("nothing", [NO_RULES])] if not scene.rules else []
    seen = {card.look for card in cards} | {look_of_rule(rule) for rule in scene.rules}
    looks = [word for word, look in style.LOOKS.items() if look in seen]
    direction = "LR" if options.direction == "auto" else options.direction
    return mermaid.flowchart(plan_title(scene), plan_facts(scene, effects), direction, [*nodes, *arrows], looks)
