"""What a model is made of, in sentences: a paragraph for the model, and one for each group and nested model."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from clspec.analyses import Analysis
from clspec.analyses.givers import answers_of
from clspec.analyses.program import Block, Part
from clspec.ir.shapes import Shape
from clspec.prose.wording import counted, listed, sentence, sized
from clspec.source import file_name

MOST = 12
"""As many parts of one scope are told; of more the first and the last."""


def what_it_is(analysis: Analysis) -> Iterator[str]:
    """Paragraphs: what it reads and gives, then its parts in data-flow order, scope by scope."""
    doc = " ".join(analysis.model.doc.split())
    yield f"{analysis.model.title}, of {file_name(analysis.spec.file)}" + (f". {doc}" if doc else "")
    yield " ".join([_reads(analysis), *_answers(analysis), *_tasks(analysis)])
    told: dict[str, list[str]] = {}
    for block in analysis.model.blocks():
        told.setdefault(" ".join(_parts(analysis, block)), []).append(block.path)
    for words, paths in told.items():
        inside = [path for path in paths if path]
        lead = f"Inside {listed(inside)}{' alike' if len(inside) > 1 else ''}: " if inside else ""
        if words:
            yield lead + (words if not lead else words[0].lower() + words[1:])


def _reads(analysis: Analysis) -> str:
    names = analysis.wiring.inputs[""]
    shapes = [analysis.flow.outputs[name] for name in names]
    inputs = [f"{name} ({sized(shape)})" for name, shape in zip(names, shapes, strict=True) if isinstance(shape, Shape)]
    return sentence(f"it reads {listed(inputs)}") if inputs else "It reads nothing."


def _answers(analysis: Analysis) -> Iterator[str]:
    answers = answers_of(analysis)
    if len(answers) == 1:
        part = answers[0].part
        shape = analysis.flow.outputs[part.path]
        given = _numbers(part, shape) or (sized(shape) if isinstance(shape, Shape) else "")
        yield sentence(f"it gives the {given} of {part.path}" if given else f"it gives {part.path}")
        return
    keys = [each.key + (f" (in {each.mode} mode)" if each.mode else "") for each in answers]
    yield sentence(f"it gives {len(answers)} answers by name: {listed(keys)}")


def _tasks(analysis: Analysis) -> Iterator[str]:
    if analysis.model.needs_task_labels:
        yield "Parts of it answer by task, so each sample comes with its task label."


def _parts(analysis: Analysis, block: Block) -> list[str]:
    named = [block.part(name) for name in analysis.wiring.order[block.path]]
    parts = [part for part in named if part is not None and part.role != "input"]
    said = [sentence(_part(analysis, part)) for part in parts]
    if len(said) <= MOST:
        return said
    return [*said[: MOST - 2], f"{len(said) - MOST + 1} more parts follow.", said[-1]]


def _part(analysis: Analysis, part: Part) -> str:
    sources = listed([link.label for link in analysis.wiring.sources[part.path]])
    output = analysis.flow.outputs[part.path]
    if part.block is not None and part.block.kind == "group":
        return f"the group {part.name} reads {sources}"
    kind = _kind(analysis, part)
    lead = f"the {part.role} {part.name} ({kind})"
    if not isinstance(output, Shape):
        return f"{lead} reads {sources} and gives {listed(list(output))}"
    if output.kind in ("logits", "task_logits"):
        return f"{lead} answers from {sources}"
    if numbers := _numbers(part, output):
        return f"{lead} answers {numbers} from {sources}"
    return f"{lead} makes {sized(output)} of {sources}"


def _kind(analysis: Analysis, part: Part) -> str:
    """What a part is made of; of several components in one, also which of them does what."""
    if part.component is None:
        return part.block.title if part.block else ""
    output = analysis.flow.outputs[part.path]
    several = len(part.component.inner()) > 1
    told = (
        part.component.details(analysis.flow.inputs[part.path], output) if several and isinstance(output, Shape) else ()
    )
    return ", ".join([part.component.title(), *told])


def _numbers(part: Part, output: Shape | Mapping[str, Shape]) -> str:
    """`4 numbers`, where a head answers so many; "" elsewhere."""
    if part.role != "head" or not isinstance(output, Shape) or output.kind != "features" or not output.sizes:
        return ""
    return counted(output.sizes[0], "number")
