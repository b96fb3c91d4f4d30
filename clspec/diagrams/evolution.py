"""The evolution view: a filmstrip of experiences in which only what changed is thick."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

from clspec.diagrams import dot, style
from clspec.diagrams.canvas import draw_sheet
from clspec.diagrams.caption import NO_TITLE, caption_label, card_legend, facts_line, title_label
from clspec.diagrams.cards import Card, card_height, draw_card
from clspec.diagrams.frames import Part, Picture, frame_cards, shown_parts
from clspec.diagrams.metrics import text_width
from clspec.diagrams.options import DEFAULTS, Options, Turn
from clspec.diagrams.parts import count, percent
from clspec.diagrams.scene import NOTHING, Frame, Scene
from clspec.growth import Snapshot, spell

MOST_FRAMES = 8
"""As many experiences are drawn; of more the first three and the last two."""

ROOT = "sheet:root"

_HOW_TO_READ = "thick orange changed, grey text did not".replace(" ", "\xa0")


def draw_evolution(
    scene: Scene,
    initial: Snapshot,
    frames: Sequence[Frame],
    options: Options = DEFAULTS,
    *,
    at: int | None = None,
    most: int = MOST_FRAMES,
) -> str:
    """DOT text of a model over a stream, from `initial`, its state before the first experience.

    With `at` the strip ends with that experience. Of more than `most` the middle is left out.
    """
    parts = shown_parts(scene, initial, frames)
    pictures = [
        _more(place, frames) if isinstance(place, range) else _picture(scene, parts, initial, frames, place)
        for place in _shown(len(frames) if at is None else at + 1, most)
    ]
    width = max(
        [card.width for picture in pictures for card in picture.cards] + [_heading_width(p) for p in pictures] + [90]
    )
    rows = _marked(_rows(pictures, width, options.direction))
    strip = max((len(row) for row in rows), default=1) * (width + 52)
    title = f"{scene.name}, experience by experience"
    subtitle = film_facts(scene, initial, frames, at)
    tall = _heights(pictures)
    return draw_sheet(
        title=title,
        description=f"{subtitle} · {_HOW_TO_READ}",
        title_label=NO_TITLE if options.bare else title_label(title, [f"{subtitle} · {_HOW_TO_READ}"], max(strip, 440)),
        caption=caption_label(*(_legend(pictures) if options.legend else ((), ())), (), max(strip, 440)),
        direction="TB",
        spacing=(0.3, 0.24),
        inside=[_root(), *(line for row in rows for picture in row for line in _draw(picture, width, tall))],
        outside=[*_ranks(rows), *(line for row in rows for line in _arrows(scene, row))],
    )


@dataclass(frozen=True)
class _More(Picture):
    """Stands for the experiences that are not drawn."""


def _picture(scene: Scene, parts: Sequence[Part], initial: Snapshot, frames: Sequence[Frame], position: int) -> Picture:
    frame = frames[position]
    before = frames[position - 1].states if position else initial
    cards, changed = frame_cards(scene, parts, frame, before, frames[position + 1 :])
    facts = experience_facts(frame, frames)
    return Picture(
        f"e{frame.number}", f"experience {frame.number}", facts, tuple(cards), tuple(changed), "; ".join(frame.changes)
    )


def experience_facts(frame: Frame, frames: Sequence[Frame]) -> tuple[str, str]:
    """What an experience brings, and how large the model is that learns it."""
    whole = frame.states.get("", NOTHING)
    classes = (
        f"class{'' if len(frame.classes) == 1 else 'es'} {spell(frame.classes)}" if frame.classes else "no classes"
    )
    task = f"task {spell(frame.tasks)} · " if frame.tasks and _tasks_matter(frames) else ""
    return f"{task}{classes}", f"{count(whole.parameters)} · {percent(whole.trainable, whole.parameters)} train"


def _tasks_matter(frames: Sequence[Frame]) -> bool:
    return len({frame.tasks for frame in frames}) > 1


def _shown(length: int, most: int) -> list[int | range]:
    """The places of the experiences that are drawn, and the range of those that are not."""
    if length <= most:
        return list(range(length))
    return [*range(3), range(3, length - 2), *range(length - 2, length)]


def _more(hidden: range, frames: Sequence[Frame]) -> _More:
    fact = f"experiences {frames[hidden[0]].number} … {frames[hidden[-1]].number}"
    card = Card("more", fact, style.FIXED, muted=True, tooltip=fact)
    return _More("more:frames", "", (), (card,), (), fact)


def _rows(pictures: Sequence[Picture], width: int, direction: Turn) -> list[Sequence[Picture]]:
    """The strip in rows that fit a README, as even as can be; or in one row, or one below the other."""
    fits = {"auto": max(1, (style.README_WIDTH + 120) // (width + 52)), "LR": max(1, len(pictures)), "TB": 1}
    fit = fits[direction]
    count_of_rows = -(-len(pictures) // fit) or 1
    size = -(-len(pictures) // count_of_rows) or 1
    return [pictures[start : start + size] for start in range(0, len(pictures), size)]


def _marked(rows: Sequence[Sequence[Picture]]) -> list[Sequence[Picture]]:
    """The same rows with marks where the strip carries on in the next one; a column of experiences needs none."""
    if all(len(row) == 1 for row in rows):
        return [*rows]
    marked: list[Sequence[Picture]] = []
    for number, row in enumerate(rows):
        first, *rest = row
        begun = [replace(first, lead="→ " if number else ""), *rest]
        marked.append([*begun[:-1], replace(begun[-1], trail=" →" if number + 1 < len(rows) else "")])
    return marked


# ---- drawing -------------------------------------------------------------------------------------------------------


def _root() -> str:
    """An unseen node that all frames of the first row hang from.

    Graphviz 2 and 14 order clusters that share nothing above them in opposite ways; below one root both keep
    our order.
    """
    return dot.node(ROOT, {"style": "invis", "shape": "point", "width": 0.01, "height": 0.01, "label": ""})


def _draw(picture: Picture, width: int, heights: Sequence[float]) -> list[str]:
    body = [draw_card(_place(card, height), width) for card, height in zip(picture.cards, heights, strict=False)]
    heading = f"{picture.lead}{picture.name}{picture.trail}"
    rows = [dot.text(heading, style.HEADING, style.INK, bold=True)] if picture.name else []
    sizes = [(style.TEXT, style.INK), (style.SMALL, style.MUTED)]
    rows += [dot.text(fact, size, color) for fact, (size, color) in zip(picture.facts, sizes, strict=False)]
    label = (
        dot.table(*(dot.row(dot.cell(row, ALIGN="LEFT")) for row in rows), CELLSPACING=1)
        if rows
        else dot.text_label("", style.SMALL, style.PAPER)
    )
    plain = isinstance(picture, _More)
    values: dict[str, dot.Value] = {
        "id": picture.id,
        "label": label,
        "labeljust": "l",
        "style": "rounded,dotted" if plain else "rounded,filled",
        "color": style.PALE,
        "fillcolor": style.PAPER if plain else style.FRAME,
        "penwidth": 1.1,
        "margin": 11,
        "tooltip": f"{picture.name}: {picture.tooltip}" if picture.name else picture.tooltip,
    }
    return dot.cluster(picture.id, values, body)


def _place(card: Card, height: float) -> Card:
    """Cards of one part are equally tall in all frames, so that the rows line up."""
    return replace(card, pad=max(round(height - card_height(card)), 0))


def _heights(pictures: Sequence[Picture]) -> list[float]:
    drawn = [picture for picture in pictures if not isinstance(picture, _More)]
    return [
        max(card_height(card) for card in column) for column in zip(*(picture.cards for picture in drawn), strict=True)
    ] or [40.0]


def _ranks(rows: Sequence[Sequence[Picture]]) -> Iterator[str]:
    """Frames of a row side by side, the next row below, the parts of a frame below each other."""
    unseen: dict[str, dot.Value] = {"style": "invis"}
    for picture in rows[0] if rows else ():
        if picture.cards:
            yield dot.edge(ROOT, picture.cards[0].id, unseen)
    for row, following in pairwise(rows):
        for above, below in zip(row, following, strict=False):
            if above.cards and below.cards:
                yield dot.edge(
                    (above if not isinstance(above, _More) else row[0]).cards[-1].id, below.cards[0].id, unseen
                )
    for row in rows:
        for level in range(max((len(picture.cards) for picture in row), default=0)):
            yield dot.same_rank(picture.cards[level].id for picture in row if level < len(picture.cards))


def _arrows(scene: Scene, row: Sequence[Picture]) -> Iterator[str]:
    for picture in row:
        for above, below in pairwise(picture.cards):
            seen = _flows(scene, above, below)
            yield dot.edge(
                above.id, below.id, {"tooltip": "data flow", "weight": 10} if seen else {"style": "invis", "weight": 10}
            )
    for before, after in pairwise(row):
        for position in after.changed:
            if isinstance(before, _More):
                continue
            values: dict[str, dot.Value] = {
                "id": f"{before.id}->{after.cards[position].id}",
                "color": style.ORANGE,
                "penwidth": 2.2,
                "constraint": "false",
                "tooltip": after.cards[position].tooltip,
            }
            yield dot.edge(before.cards[position].id, after.cards[position].id, values)


def _flows(scene: Scene, above: Card, below: Card) -> bool:
    """Whether data goes straight from one shown part to the next."""
    return any(_inside(arrow.source, above) and _inside(arrow.target, below) for arrow in scene.arrows)


def _inside(path: str, card: Card) -> bool:
    return any(path == part or path.startswith(f"{part}.") for part in card.paths)


# ---- words ---------------------------------------------------------------------------------------------------------


def _heading_width(picture: Picture) -> int:
    facts = [text_width(fact, style.TEXT) for fact in picture.facts]
    return round(max([text_width(f"→ {picture.name} →", style.HEADING, bold=True), *facts]))


def film_facts(scene: Scene, initial: Snapshot, frames: Sequence[Frame], at: int | None = None) -> str:
    """The line below the title: the file, how many experiences, to which one, how the model grows over them."""
    last = len(frames) - 1 if at is None else at
    end = frames[last].states.get("", NOTHING) if frames else NOTHING
    growth = f"{initial.get('', NOTHING).parameters:,} → {count(end.parameters)}" if frames else "no experiences"
    until = "" if at is None else f"as far as experience {frames[at].number}"
    return facts_line([scene.file, count(len(frames), "experience"), until, growth])


def _legend(pictures: Sequence[Picture]) -> tuple[list[tuple[str, style.Look]], set[str]]:
    cards = [card for picture in pictures for card in picture.cards]
    looks, cells = card_legend(cards)
    return looks + ([("CHANGED", style.CHANGED)] if any(card.look == style.CHANGED for card in cards) else []), cells
