"""What a page holds, as data for its script: parts, rules, texts, and every moment with its pictures."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

from clspec.diagrams.adaptation import draw_adaptation
from clspec.diagrams.architecture import draw_architecture
from clspec.diagrams.cards import Card
from clspec.diagrams.engines import draw_all
from clspec.diagrams.evolution import draw_evolution, experience_facts, film_facts
from clspec.diagrams.moments import Moments
from clspec.diagrams.options import Options
from clspec.diagrams.page.pictures import Pool, plain_svg
from clspec.diagrams.parts import FITS, answering, growth_words, part_card, percent, state_words
from clspec.diagrams.planning import plan_drawing, scene_facts
from clspec.diagrams.scene import NOTHING, Box, Frame, RuleLine, Scene
from clspec.diagrams.text import class_words
from clspec.growth import PartState, Snapshot

MOST_MOMENTS = 60
"""As many experiences are drawn; of a longer stream as many, evenly spread."""

Rows = list[tuple[str, str]]
"""What is told of a part: words on the left, what they are on the right."""


def page_contents(scene: Scene, moments: Moments, view: str, at: int | None, options: Options) -> dict[str, object]:
    """All that a page shows, opened on a view and on the moment `at`. Raises NoEngineError and EngineError."""
    shown = [None, *_spread(len(moments.frames), at)]
    files = list(scene.texts)
    boxes = list(_walk(scene.boxes))
    return {
        "name": scene.name,
        "doc": scene.doc,
        "why": moments.why,
        "view": view,
        "moment": shown.index(at),
        "skipped": len(moments.frames) + 1 - len(shown),
        "files": [{"name": file or scene.file, "lines": _lines(scene.texts[file])} for file in files],
        "parts": {box.path: _part(box, files) for box in boxes},
        "rules": [_rule(rule, boxes, files) for rule in scene.rules],
        "moments": _moments(scene, moments, shown, boxes),
        "film": film_facts(scene, moments.born, moments.frames) if moments.frames else "",
        **_pictures(scene, moments, shown, options),
    }


def _spread(length: int, at: int | None) -> list[int]:
    """The experiences that have pictures: all, or the first, the last, the one asked for and some between."""
    if length <= MOST_MOMENTS:
        return list(range(length))
    even = {round(step * (length - 1) / (MOST_MOMENTS - 1)) for step in range(MOST_MOMENTS)}
    return sorted(even | ({at} if at is not None else set()))


def _walk(boxes: Sequence[Box]) -> Iterator[Box]:
    for box in boxes:
        yield box
        yield from _walk(box.children)


# ---- what does not change --------------------------------------------------------------------------------------------


def _lines(text: str) -> list[str]:
    """The lines of a file; what would turn or hide text (marks of direction, control characters) as its number."""
    return [
        "".join(f"⟨U+{ord(letter):04X}⟩" if _unseen(letter) else letter for letter in line.removesuffix("\r"))
        for line in text.removesuffix("\n").split("\n")
    ]


def _unseen(letter: str) -> bool:
    return unicodedata.category(letter) in {"Cc", "Cf", "Cs", "Zl", "Zp"} and letter != "\t"


def _place(line: int, end: int, file: str, files: Sequence[str]) -> list[int]:
    """The file's number, the first and the last line; nothing where no text is known."""
    return [files.index(file), line, max(line, end)] if file in files else []


def _part(box: Box, files: Sequence[str]) -> dict[str, object]:
    title = "" if box.title == box.role else box.title
    rows: Rows = [("kind", title), ("holds" if box.hidden else "shape", ", ".join(box.details)), ("gives", box.shape)]
    return {
        "role": box.role,
        "rows": _told(rows),
        "rules": box.rules,
        "place": _place(box.line, box.end, box.file, files),
    }


def _rule(rule: RuleLine, boxes: Sequence[Box], files: Sequence[str]) -> dict[str, object]:
    return {
        "number": rule.number,
        "when": rule.when,
        "what": rule.what,
        "own": rule.own,
        "parts": [box.path for box in boxes if rule.number in box.rules],
        "place": _place(rule.line, 0, rule.file, files),
    }


def _told(rows: Rows) -> Rows:
    return [(label, words) for label, words in rows if words]


# ---- moments ---------------------------------------------------------------------------------------------------------


def _moments(
    scene: Scene, moments: Moments, shown: Sequence[int | None], boxes: Sequence[Box]
) -> list[dict[str, object]]:
    """The moments in order; of the parts' states those that differ from the moment before."""
    known: dict[str, Rows] = {}
    told: list[dict[str, object]] = []
    for at in shown:
        states, later = moments.until(at)
        rows = _rows(scene, boxes, states, later, at)
        told.append(
            {
                **_named(moments, at),
                "facts": scene_facts(scene, states, later, at),
                "states": {path: row for path, row in rows.items() if known.get(path) != row},
                "gone": [path for path in known if path not in rows],
            }
        )
        known = rows
    return told


def _named(moments: Moments, at: int | None) -> dict[str, object]:
    if at is None:
        first = "before the first experience" if moments.frames else ""
        return {"name": "as born", "id": "", "arrives": first, "changes": []}
    frame = moments.frames[at]
    arrives, _ = experience_facts(frame, moments.frames)
    return {
        "name": f"experience {frame.number}",
        "id": f"e{frame.number}",
        "arrives": arrives,
        "changes": list(frame.changes),
    }


def _rows(
    scene: Scene, boxes: Sequence[Box], states: Snapshot, later: Sequence[Frame], at: int | None
) -> dict[str, Rows]:
    """What is told of every part at a moment, and of the tasks that are drawn of it."""
    rows = {box.path: _state_rows(box, scene, states, later) for box in boxes if box.role != "input"}
    for cards in plan_drawing(scene, states, later, at).tasks.values():
        rows |= {card.id: _task_rows(card) for _, card in cards}
    return rows


def _state_rows(box: Box, scene: Scene, states: Snapshot, later: Sequence[Frame]) -> Rows:
    state = states.get(box.path, NOTHING)
    heads = state.rows is not None and not box.children
    shape = f"{box.width_in} → {answering(state.rows)}" if state.rows is not None and box.width_in else ""
    return _told(
        [
            ("shape", "" if shape in box.details else shape),
            ("state", " · ".join(state_words(box, state, scene))),
            ("parameters", FITS if box.fits and not state.parameters else _size(state)),
            ("growth", growth_words(box.path, state, later)),
            ("classes", class_words(part_card(box, 1, scene, states, later)) if heads else ""),
        ]
    )


def _size(state: PartState) -> str:
    if not state.parameters:
        return "none"
    return f"{state.parameters:,}, {percent(state.trainable, state.parameters)} of them train"


def _task_rows(card: Card) -> Rows:
    """A task's card in words; `name` is what it is called."""
    words = " · ".join(chip.word for chip in card.chips if chip.filled)
    lines = "; ".join(line.text for line in card.lines if line.text)
    return _told([("name", card.name), ("state", words), ("shows", lines), ("classes", class_words(card))])


# ---- pictures --------------------------------------------------------------------------------------------------------


def _pictures(scene: Scene, moments: Moments, shown: Sequence[int | None], options: Options) -> dict[str, object]:
    """The pool of lines, and by view the picture of every moment: one of the evolution serves all."""
    bare = replace(options, bare=True)
    sources: list[str] = []
    for at in shown:
        states, later = moments.until(at)
        sources.append(draw_architecture(scene, states, later=later, at=at, options=bare))
        sources.append(draw_adaptation(scene, states, bare))
    if moments.frames:
        strip = replace(bare, direction="LR") if options.direction == "auto" else bare
        sources.append(draw_evolution(scene, moments.born, moments.frames, strip, most=MOST_MOMENTS))
    drawn = _drawn(sources)
    pool = Pool()
    runs = [pool.add(drawn[source]) for source in sources]
    count = 2 * len(shown)
    pictures = {"architecture": runs[0:count:2], "adaptation": runs[1:count:2], "evolution": runs[count:]}
    return {"pictures": pictures, "lines": pool.lines}


def _drawn(sources: Sequence[str]) -> Mapping[str, list[str]]:
    """Each different picture drawn once."""
    different = list(dict.fromkeys(sources))
    return dict(zip(different, (plain_svg(svg.decode()) for svg in draw_all(different, "svg")), strict=True))
