"""What a checkpoint tells beside its model as a tree: its spec, what the model has met and grown, its class map."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from clspec.checkpoint_file import Contents
from clspec.diagrams.text import plain
from clspec.growth import RETIRED, PartState, Rule, noun_for, spell
from clspec.nn.compiled import CompiledModel
from clspec.nn.report import placed_words
from clspec.nn.saved import unpack


def tell_story(contents: Contents, model: CompiledModel) -> str:
    """The spec with its text, what every part gained in the order in which it came, which class sits in which row."""
    memory = unpack(model.state_dict()["_extra_state"], "the model")
    sections = {
        "spec": [_spec(contents), "", *contents.spec.text.rstrip().splitlines()],
        "history": [*_met(memory, model), *_grown(model)],
        "class map": placed_words(model.class_map()) or ["no class has a row yet"],
    }
    return "\n\n".join("\n".join([title, *map(_shown, lines)]) for title, lines in sections.items())


def _shown(line: str) -> str:
    """A line as a terminal shows it: what stands in a file may hold anything."""
    return f"  {plain(line)}".rstrip()


def _spec(contents: Contents) -> str:
    spec = contents.spec
    settings = ", ".join(f"{name}={value}" for name, value in spec.parameters.items())
    facts = [
        f"model {spec.model}{f'({settings})' if settings else ''} of {spec.file}",
        f"for {spec.target}",
        "" if contents.seed is None else f"seed {contents.seed}",
        "no optimizer" if contents.optimizer is None else f"with {contents.optimizer.kind}",
        f"written by clspec {contents.version}",
        f"uses {', '.join(spec.used)}" if spec.used else "",
    ]
    return " · ".join(fact for fact in facts if fact)


def _met(memory: Mapping[str, Any], model: CompiledModel) -> Iterator[str]:
    """What it remembers of the experiences that it learnt."""
    timeline = memory["timeline"]
    if timeline["last"] is None:
        yield "it has learnt nothing yet"
        return
    yield f"last experience: number {timeline['experience']}, {_arrived(dict(timeline['last']['classes_by_task']))}"
    tasks = timeline["tasks"]
    yield f"{noun_for(tasks, 'task')} in order of arrival: {spell(tasks)}"
    held = [path or "the whole model" for path, frozen in memory["frozen"] if frozen]
    if held:
        yield f"frozen: {', '.join(held)}"
    waiting: list[Rule] = [model.PLAN[position] for position in timeline["pending"]]
    yield from (f"waits for post_adaptation: {rule}" for rule in waiting)


def _arrived(by_task: Mapping[int, list[int]]) -> str:
    said = [f"{noun_for(ids, 'class')} {spell(ids)} of task {task}" for task, ids in by_task.items() if ids]
    return "; ".join(said) or f"of {noun_for([*by_task], 'task')} {spell([*by_task])}, without classes"


def _grown(model: CompiledModel) -> Iterator[str]:
    """Every growing part with what it gained, oldest first."""
    for path, state in model.describe().items():
        if state.rows is not None:
            yield f"{path}: {_generations(state)}"
        elif state.members is not None:
            yield f"{path}:"
            for number, (task, member) in enumerate(state.members):
                whose = "not claimed yet" if task is None else f"task {task}"
                grown = f": {_generations(member)}" if member.rows is not None else ""
                yield f"  {number} for {whose}{grown}"


def _generations(state: PartState) -> str:
    said = [f"generation {number} {_rows(rows)}" for number, rows in enumerate(state.rows or ())]
    return "; ".join(said) or "no rows yet"


def _rows(rows: Sequence[int | None]) -> str:
    classes = [class_id for class_id in rows if class_id is not None and class_id != RETIRED]
    born = sum(class_id is None for class_id in rows)
    retired = sum(class_id == RETIRED for class_id in rows)
    said = [f"{noun_for(classes, 'class')} {spell(classes)}"] if classes else []
    said += [f"{born} {noun_for(range(born), 'row')} not claimed"] if born else []
    said += [f"{retired} {noun_for(range(retired), 'row')} retired"] if retired else []
    return ", ".join(said)
