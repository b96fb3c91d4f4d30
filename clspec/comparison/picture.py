"""A comparison as a picture: both models in one scene, marked with what became of their parts."""

from __future__ import annotations

from clspec.comparison.changes import Comparison
from clspec.comparison.text import entry_line
from clspec.comparison.union import GONE, unite
from clspec.diagrams.caption import facts_line
from clspec.diagrams.difference import Difference, draw_difference
from clspec.diagrams.difference_words import write_difference_flowchart
from clspec.diagrams.levels import at_depth
from clspec.diagrams.model_scene import make_scene
from clspec.diagrams.options import Options
from clspec.diagrams.page.still import write_still
from clspec.diagrams.render import Diagram
from clspec.diagrams.themes import recolour_dot, recolour_mermaid
from clspec.source import file_name

MOST_NOTES = 12
"""As many rules, answers, streams and budgets that changed are told below a picture."""


def draw_comparison(comparison: Comparison, options: Options) -> Diagram:
    """Both models in one picture, in every form. Raises ValueError for a part that is not there."""
    old, new = (make_scene(side.analysis) for side in comparison.sides)
    scene = unite(old, new, comparison.parts, comparison.matching, f"{comparison.model}, what changed")
    before, after = (side.counts.states for side in comparison.sides)
    difference = Difference(
        at_depth(scene, options.depth, options.expand),
        {**{f"{GONE}{path}": state for path, state in before.items()}, **after},
        _facts(comparison),
        _notes(comparison),
    )
    return Diagram(
        recolour_dot(draw_difference(difference, options), options.theme),
        recolour_mermaid(write_difference_flowchart(difference, options), options.theme),
        f"{comparison}\n",
        options.theme,
        lambda: _page(comparison, options),
    )


def _page(comparison: Comparison, options: Options) -> str:
    drawn = draw_comparison(comparison, options)
    return write_still(drawn.title, drawn.description, drawn.svg(), drawn.text, options.theme)


def _facts(comparison: Comparison) -> str:
    names = " → ".join(map(_short, (comparison.old, comparison.new)))
    at = "" if comparison.experience is None else f"experience {comparison.experience}"
    sizes = [str(fact) for fact in comparison.numbers if fact.name == "parameters"]
    return facts_line([names, at, *sizes, "nothing changed" if comparison.same else ""])


def _short(name: str) -> str:
    """A spec without its folder: what is drawn must not depend on where it lies. A revision keeps its own name."""
    revision = name.split(":")[1] + ":" if name.startswith("git:") else ""
    return revision + file_name(name.rpartition(":")[2] if revision else name)


def _notes(comparison: Comparison) -> list[str]:
    told = [str(fact) for fact in comparison.facts]
    told += [entry_line(entry, f"{name[:-1]} ") for name, some in comparison.sections.items() for entry in some]
    return told if len(told) <= MOST_NOTES else [*told[: MOST_NOTES - 1], f"… {len(told) - MOST_NOTES + 1} more"]
