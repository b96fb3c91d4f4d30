"""What a model costs, in sentences: as it is born, and at the end of its streams."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from clspec.analyses import Analysis
from clspec.comparison.moment import counts_at
from clspec.forecast import Forecast, spell_bytes
from clspec.growth import RETIRED, PartState, Snapshot
from clspec.prose.wording import counted, listed, sentence

MOST_STREAMS = 4
"""As many streams of a spec are followed."""


def what_it_costs(analysis: Analysis, forecasts: Mapping[str, Forecast]) -> str:
    """A paragraph; `forecasts` are those of the streams to follow, by name."""
    said = [sentence(f"as it is born it has {_size(analysis)}"), *_largest(analysis)]
    for name, table in list(forecasts.items())[:MOST_STREAMS]:
        said += _over(name, table)
    if len(forecasts) > MOST_STREAMS:
        said.append(f"{len(forecasts) - MOST_STREAMS} more streams are declared: --stream NAME tells of one.")
    if not forecasts and any(planned.rule.action in ("expand", "branch") for planned in analysis.plan.rules):
        words = "--stream 'split(classes=10, experiences=5)'"
        said.append(f"No stream is declared, so nothing says how far it will grow: {words} does.")
    return " ".join([*said, *_budgets(analysis)])


def _size(analysis: Analysis) -> str:
    counts = counts_at(analysis, (), None)
    whole = counts.states[""]
    trains = f"{_share(whole.trainable, whole.parameters)} of which train"
    held = f"{counted(whole.parameters, 'parameter')}, {trains}" if whole.parameters else "no parameters"
    return f"{held}, and takes {spell_bytes(counts.memory)}"


def _largest(analysis: Analysis) -> Iterator[str]:
    """The part that holds more than all others together, where there are others."""
    states = counts_at(analysis, (), None).states
    leaves = {path: states[path].parameters for path in analysis.sizes}
    path = max(leaves, key=lambda each: leaves[each], default="")
    if path and sum(value > 0 for value in leaves.values()) > 1 and 2 * leaves[path] > sum(leaves.values()):
        yield f"Most of them, {leaves[path]:,}, are in {path}."


def _over(name: str, table: Forecast) -> Iterator[str]:
    """What it becomes over one stream."""
    if not table.rows:
        return
    last, born = table.rows[-1], table.initial[""].parameters
    classes = {class_id for row in table.rows for class_id in row.classes}
    tasks = {task for row in table.rows for task in row.task_labels}
    brought = counted(len(classes), "class", "classes") if len(tasks) < 2 else counted(len(classes), "class id")
    brought += f" and {counted(len(tasks), 'task')}" if len(tasks) > 1 else ""
    brought += f" in {counted(len(table.rows), 'experience')}"
    grows = "comes to" if last.parameters != born else "keeps its"
    size = f"{grows} {counted(last.parameters, 'parameter')}" if last.parameters else "has no parameters"
    trains = f"{_share(last.trainable, last.parameters)} of them"
    trained = f", and trains {trains} while it learns the last" if last.parameters else ""
    yield f"Over {name} ({brought}) it {size}, {spell_bytes(last.memory)} in all{trained}."
    ends = [f"{path}{' knows' * (not at)} {known}" for at, (path, known) in enumerate(_ends(last.states))]
    if ends:
        yield sentence(f"at the end {listed(ends)}")


def _share(trainable: int, parameters: int) -> str:
    """How many of the parameters train."""
    return "all" if trainable == parameters else f"{trainable:,}" if trainable else "none"


def _ends(states: Snapshot) -> Iterator[tuple[str, str]]:
    """What heads and parts by task have met."""
    for path, state in states.items():
        if state.rows is not None:
            yield path, counted(_classes(state), "class", "classes")
        elif state.members is not None:
            yield path, counted(len(state.members), "task")


def _classes(state: PartState) -> int:
    return sum(class_id not in (None, RETIRED) for rows in state.rows or () for class_id in rows)


def _budgets(analysis: Analysis) -> Iterator[str]:
    for block in analysis.model.blocks():
        for limit in block.limits:
            most = f"{spell_bytes(int(limit.most))} of memory" if limit.quantity == "memory" else f"{limit.most:,} "
            what = {"trainable": "parameters that train", "memory": ""}.get(limit.quantity, limit.quantity)
            over = f" over {limit.stream.name.text}" if limit.stream else ""
            yield f"A budget of {most}{what}{over}{f' for {block.path}' if block.path else ''} is kept."
