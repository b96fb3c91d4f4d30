"""The card of one part of a model at one moment."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from itertools import groupby, pairwise

from clspec.diagrams import dot, style
from clspec.diagrams.cards import Card, Chip, Line, rule_chips, state_chip
from clspec.diagrams.cells import Rows, class_cells, known_classes, later_classes
from clspec.diagrams.scene import NOTHING, Box, Frame, Scene
from clspec.growth import RETIRED, PartState, Snapshot

FITS = "fits statistics"
"""What a part without parameters does that observes what it has learnt from."""

UNCLAIMED = "not claimed yet"
"""What the first member is called until a task claims it."""

MOST_TASKS = 6
"""As many tasks of a per-task part get a box of their own."""


def count(number: int, noun: str = "param") -> str:
    return f"{number:,} {noun}{'' if number == 1 else 's'}"


def percent(part: int, whole: int) -> str:
    """`77.8 %`; only all is 100 and only nothing is 0."""
    share = 100 * part / whole if whole else 0.0
    if 0 < part < whole:
        share = min(max(share, 0.1), 99.9)
    return f"{share:.1f}".removesuffix(".0") + "\xa0%"


def frozen_share(state: PartState) -> float:
    return 1 - state.trainable / state.parameters if state.parameters else 0.0


def answering(rows: Rows) -> int:
    """How many rows answer: those that no class has claimed yet do, retired ones do not."""
    return sum(class_id != RETIRED for part in rows for class_id in part)


def part_card(box: Box, times: int, scene: Scene, states: Snapshot, later: Sequence[Frame]) -> Card:
    """A leaf of the model: its kind, its size, a head's cells."""
    state = states.get(box.path, NOTHING)
    words = state_words(box, state, scene)
    name, lines = _naming(box)
    if state.rows is not None:
        coming = later_classes(box.path, None, state.rows, [frame.states for frame in later])
        lines += _head_lines(box, state, coming)
    if state.parameters:
        growth = growth_words(box.path, state, later)
        lines.append(Line(_size(state, times) + (growth and f" now · {growth}"), style.SMALL, style.MUTED))
    elif box.fits:
        lines.append(Line(FITS, style.SMALL, style.MUTED))
    chips = (
        *((Chip(f"{times} ×"),) if times > 1 else ()),
        *(state_chip(word) for word in words),
        *rule_chips(box.rules),
    )
    return Card(
        box.path,
        name,
        look_of(words),
        chips,
        tuple(lines),
        frozen_share(state),
        tooltip(box, words, state),
        dot.link(box.file or scene.file, box.line),
        state=state,
    )


def state_words(box: Box, state: PartState, scene: Scene) -> list[str]:
    """The words of a part's state; none for a part with nothing to train."""
    grows = (state.rows is not None or state.members is not None or box.hidden > 0) and any(
        rule.number in box.rules and rule.what.split(" ")[0] in {"expand", "branch"} for rule in scene.rules
    )
    words = {"fixed": [], "frozen": ["FROZEN"], "part frozen": ["PART FROZEN"], "trains": [] if grows else ["TRAINS"]}[
        state.state
    ]
    return [*words, "GROWS"] if grows else words


def look_of(words: Sequence[str]) -> style.Look:
    return style.LOOKS[words[-1]] if words else style.FIXED


def tooltip(box: Box, words: Sequence[str], state: PartState) -> str:
    rules = ", ".join(f"R{number}" for number in box.rules)
    facts = [
        box.title,
        *box.details,
        ", ".join(words).lower(),
        count(state.parameters) if state.parameters else "",
        rules,
    ]
    return f"{box.path}: {' · '.join(fact for fact in facts if fact)} ({box.place})"


def _naming(box: Box) -> tuple[str, list[Line]]:
    """The header's words and the lines below: a number is no name by itself, so the kind joins it."""
    bare = box.name.replace(".", "").isdigit()
    titles = [] if bare or not box.title or box.title == box.name else [Line(box.title)]
    name = f"{box.name} {box.title}".strip() if bare else box.name
    return name, [*titles, *(Line(detail) for detail in box.details)]


def _head_lines(box: Box, state: PartState, coming: Sequence[int], *, grown: bool = True) -> list[Line]:
    rows = state.rows or ()
    width_out = answering(rows)
    # The first classes to come claim the rows that were born: those are drawn already.
    coming = coming[sum(class_id is None for part in rows for class_id in part) :]
    width = f"{box.width_in} → {width_out}" if box.width_in else count(width_out, "row")
    if coming:
        width += f" of {width_out + len(coming)}"
    lines = [] if width in box.details else [Line(width)]
    known = None if grown else frozenset(known_classes(state))
    cells = class_cells(rows, coming, known=known)
    return [*lines, Line(cells=tuple(cells))] if cells else lines


def _size(state: PartState, times: int) -> str:
    size = count(state.parameters) + (" each" if times > 1 else "")
    return size + (
        f" · {percent(state.parameters - state.trainable, state.parameters)} frozen"
        if state.state == "part frozen"
        else ""
    )


def growth_words(path: str, state: PartState, later: Sequence[Frame]) -> str:
    """How the part will grow: by the same each time, or to what in the end."""
    sizes = [state.parameters, *(frame.states.get(path, state).parameters for frame in later)]
    steps = {after - before for before, after in pairwise(sizes)}
    if not steps - {0}:
        return ""
    return (
        f"+{steps.pop():,} per experience" if len(steps) == 1 else f"{sizes[-1]:,} after experience {later[-1].number}"
    )


# ---- one card a task -----------------------------------------------------------------------------------------------


def task_cards(
    box: Box, scene: Scene, states: Snapshot, later: Sequence[Frame], at: int | None
) -> list[tuple[str, Card]]:
    """What the `task label` chooses from: (`0`, its card) in order; runs of like tasks in the middle are folded."""
    state = states.get(box.path, NOTHING)
    members = list(state.members or ())
    coming = _coming_tasks(box.path, [task for task, _ in members], later)
    newest = members[-1][0] if members and at is not None else None
    cards = [
        _task_card(
            box, scene, task, member, later, new=task is not None and task == newest, last=task == members[-1][0]
        )
        for task, member in members
    ]
    cards += [_later_card(box, scene, task, member) for task, member in coming]
    if box.columns:
        cards = [(label, _column(card, label, position)) for position, (label, card) in enumerate(cards)]
    if len(cards) <= MOST_TASKS or box.expanded:
        return cards
    shown = {0, 1, 2, len(cards) - 1, *([len(members) - 1] if newest is not None else [])}
    folded: list[tuple[str, Card]] = []
    for (seen, _), run in groupby(enumerate(cards), key=lambda item: (item[0] in shown, item[1][1].look)):
        group = [card for _, card in run]
        if seen or len(group) < 2:
            folded += group
        else:
            folded.append(_folded_card(box, group))
    return folded


def _column(card: Card, label: str, position: int) -> Card:
    """A task's column: it reads all columns before it."""
    before = {0: "", 1: "reads column 0"}.get(position, f"reads columns 0 to {position - 1}")
    lines = (Line(before, style.SMALL, style.MUTED),) if before else ()
    return replace(card, name=f"column {position} · {card.name}", lines=(*lines, *card.lines))


def _coming_tasks(path: str, known: Sequence[int | None], later: Sequence[Frame]) -> list[tuple[int, PartState]]:
    coming: dict[int, PartState] = {}
    for frame in later:
        for task, member in frame.states.get(path, NOTHING).members or ():
            if task is not None and task not in known and task not in coming:
                coming[task] = member
    # The born member's own task is no further one: it will be claimed by the first that comes.
    if None in known and coming:
        del coming[next(iter(coming))]
    return list(coming.items())


def _task_card(
    box: Box, scene: Scene, task: int | None, state: PartState, later: Sequence[Frame], *, new: bool, last: bool
) -> tuple[str, Card]:
    label = "0" if task is None else str(task)
    word = (
        "NEW"
        if new
        else {"fixed": "", "frozen": "FROZEN", "part frozen": "PART FROZEN", "trains": "TRAINS"}[state.state]
    )
    lines = [Line(UNCLAIMED, style.SMALL, style.MUTED)] if task is None else []
    if state.rows is not None:
        coming = [] if task is None else later_classes(box.path, task, state.rows, [frame.states for frame in later])
        lines += _head_lines(box, state, coming, grown=last)
    lines.append(Line(_size(state, 1) if state.parameters or not box.fits else FITS, style.SMALL, style.MUTED))
    return label, replace(_member(box, scene, label, word, lines), share=frozen_share(state), state=state)


def _later_card(box: Box, scene: Scene, task: int, state: PartState) -> tuple[str, Card]:
    classes = [class_id for part in state.rows or () for class_id in part if class_id is not None]
    lines = [Line(f"{box.width_in} → {len(classes)}", color=style.MUTED)] if classes and box.width_in else []
    if classes:
        lines.append(Line(cells=tuple(class_cells((), classes))))
    size = FITS if box.fits and not state.parameters else f"{count(state.parameters)} when added"
    lines.append(Line(size, style.SMALL, style.MUTED))
    return str(task), _member(box, scene, str(task), "LATER", lines)


def _member(box: Box, scene: Scene, label: str, word: str, lines: Sequence[Line]) -> Card:
    look = style.LOOKS[word] if word else style.FIXED
    hint = f"{box.path}, task {label}: {word.lower() or 'fixed'} ({box.place})"
    chips = (state_chip(word),) if word else ()
    url = dot.link(box.file or scene.file, box.line)
    name, id = f"task {label}", f"{box.path}:task{label}"
    return Card(id, name, look, chips, tuple(lines), tooltip=hint, url=url, muted=word == "LATER")


def _folded_card(box: Box, group: Sequence[tuple[str, Card]]) -> tuple[str, Card]:
    (first, card), (last, _) = group[0], group[-1]
    numbers = [label for label, _ in group]
    consecutive = numbers == [str(number) for number in range(int(first), int(first) + len(group))]
    name = f"task {first} ... {last}" if consecutive else f"{len(group)} more tasks"
    nouns = "columns" if box.columns else "tasks"
    if box.columns:
        begin, end = (each.name.partition(" · ")[0].removeprefix("column ") for each in (card, group[-1][1]))
        name = f"column {begin} ... {end}"
    alike = not box.columns and len({c.lines[:1] for _, c in group}) == 1
    lines = (Line(f"{len(group)} {nouns}, one like the other" if alike else f"{len(group)} {nouns}"),)
    return f"{first}…{last}", Card(
        f"{box.path}:task{first}-{last}",
        name,
        card.look,
        card.chips,
        lines,
        card.share,
        f"{box.path}: {name}",
        card.url,
        card.muted,
    )
