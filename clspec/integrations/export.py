# pyright: standard
"""A compiled model, as grown today, for other runtimes: ONNX (.onnx) and torch's exported programs (.pt2)."""

from __future__ import annotations

import copy
import io
import json
import os
import warnings
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn
from torch.export import Dim, ExportedProgram

from clspec import driver
from clspec.diagnostics import Diagnostic, SpecError
from clspec.files import write_atomically
from clspec.integrations import import_integration
from clspec.nn.compiled import CompiledModel
from clspec.nn.derived import Derived
from clspec.nn.seeding import untouched_rng
from clspec.version import VERSION

SUFFIXES = (".onnx", ".pt2")
_LABELS = "task_labels"


def export(
    model: nn.Module, path: str | os.PathLike[str], task_label: int | None = None, allow_imports: Sequence[str] = ()
) -> None:
    """Writes what a compiled model answers in eval mode to one file, in one step; its suffix says of which kind.

    Inputs are named as in the spec and have a dynamic batch axis, outputs are named as the parts that give them. A
    model with a part for each task takes `task_labels`, int64 (batch,), too; with `task_label` the file answers for
    that task alone. For a label that no adaptation announced, a .pt2 raises; an ONNX file, where nothing can, answers
    with the mask value. Which class has which column is in the file: metadata `clspec.class_map` of ONNX, `clspec.json`
    in a .pt2. What onnxruntime makes of an ONNX file is compared with the model before it is written. The model, which
    may be on any device, stays as it is.

    Raises SpecError where a library is missing (CL210) or the model cannot be exported (CL903), TypeError for a model
    that was not compiled from a spec, ValueError for another suffix and for a task label that it does not know.
    """
    suffix = Path(path).suffix.lower()
    if suffix not in SUFFIXES:
        raise ValueError(f'"{os.fspath(path)}" must end in {" or ".join(SUFFIXES)}')
    if not isinstance(model, CompiledModel) or model.SPEC is None:
        raise TypeError(f"{type(model).__name__} was not compiled from a spec: hand it to torch.export or torch.onnx")
    if suffix == ".onnx":
        import_integration("onnx")
    with warnings.catch_warnings(), torch.no_grad(), untouched_rng():
        warnings.simplefilter("ignore")  # torch's, about its own inside
        answering, inputs = _settled(model, task_label)
        told = {"version": VERSION, "spec": model.SPEC.text, "model": model.SPEC.model, "class_map": columns(model)}
        program = _program(answering, inputs)
        if suffix == ".pt2":
            data = _packed(program, told)
        else:
            from clspec.integrations.onnx import compare, translate

            data = translate(program, answering, _outputs(answering, inputs, allow_imports), told)
            compare(data, answering, example(answering, task_label, samples=5))
    write_atomically(path, data)


def columns(model: CompiledModel) -> list[dict[str, Any]]:
    """The head, the task (None where there is none), the id and the logit's column of every class."""

    def column(head: Any, class_id: int, task: int | None) -> int:
        return int(head.encode(torch.tensor([class_id]), task))

    return [
        {"head": path, "task": task, "class": class_id, "column": column(model.get_submodule(path), class_id, task)}
        for path, task, class_id, _ in model.class_map()
    ]


def example(model: CompiledModel, task_label: int | None, samples: int) -> dict[str, Any]:
    """Random samples of every input, by name, as the forward takes them; every known task is among the labels."""
    floats = (each.dtype for each in (*model.parameters(), *model.buffers()) if each.is_floating_point())
    dtype = next(floats, torch.get_default_dtype())
    inputs: dict[str, Any] = {
        name: torch.zeros(samples, *sizes, dtype=torch.long)
        if name in model.TOKENS
        else torch.randn(samples, *sizes, dtype=dtype)
        for name, sizes in model.INPUTS.items()
    }
    if not model.NEEDS_TASK_LABELS:
        if task_label is not None:
            raise ValueError(f"{type(model).__name__} takes no task labels: it has no part for each task")
        return inputs
    known = model.known_tasks()
    if task_label not in (None, *known):
        tasks = ", ".join(map(str, known))
        raise ValueError(f"no adaptation ever announced task {task_label}; the known tasks are {tasks}")
    each = torch.tensor(known).repeat(samples)[:samples] if len(known) < samples else torch.tensor(known)[-samples:]
    return {**inputs, _LABELS: each if task_label is None else task_label}


def refused(model: CompiledModel, why: str, error: BaseException | None = None, help: str | None = None) -> SpecError:
    """CL903 for a model, with the first line of what was raised first."""
    while error is not None and (error.__cause__ or error.__context__) is not None:
        error = error.__cause__ or error.__context__
    said = "" if error is None else f": {type(error).__name__}: {(str(error).splitlines() or [''])[0]}"
    file = "" if model.SPEC is None else model.SPEC.file
    name = type(model).__name__
    return SpecError([Diagnostic("CL903", f"{name} cannot be exported: {why}{said}", None, help, file=file)])


def _settled(model: CompiledModel, task_label: int | None) -> tuple[CompiledModel, dict[str, Any]]:
    """A copy in eval mode on the CPU that has answered once, and what it answered to.

    What its heads derive from their statistics will be constants of the graph.
    """
    model = copy.deepcopy(model).cpu().eval()
    inputs = example(model, task_label, samples=3)  # of one, torch would take the batch for fixed
    model(*inputs.values())
    for value in (value for module in model.modules() for value in vars(module).values()):
        if isinstance(value, Derived):
            value.settled = True
    return model, inputs


def _program(model: CompiledModel, inputs: Mapping[str, Any]) -> ExportedProgram:
    batch = Dim("batch", min=1)
    shapes = {name: {0: batch} if isinstance(value, Tensor) else None for name, value in inputs.items()}
    try:
        program = torch.export.export(model, tuple(inputs.values()), dynamic_shapes=shapes)
    except Exception as error:  # what torch cannot follow, it tells by errors of many kinds
        raise refused(model, "torch.export cannot follow it", error) from error
    for graph in (
        module.graph for module in program.graph_module.modules() if isinstance(module, torch.fx.GraphModule)
    ):
        for node in graph.nodes:
            node.meta.pop("stack_trace", None)  # it names files of this machine
    return program


def _outputs(model: CompiledModel, inputs: Mapping[str, Any], allow_imports: Sequence[str]) -> list[str]:
    """The names of what the model gives in eval mode: the keys of several, the part that gives the only one."""
    answer = model(*inputs.values())
    if isinstance(answer, Mapping):
        return list(answer)
    source: Any = model.SPEC
    spec = driver.parse_string(source.text, source.syntax, source.file, source.used)
    wiring = driver.analyse(spec, source.model, source.parameters, allow_imports).wiring
    return list(wiring.by_mode[""]["eval"] if "" in wiring.by_mode else wiring.outputs[""])


def _packed(program: ExportedProgram, told: Mapping[str, Any]) -> bytes:
    file = io.BytesIO()
    torch.export.save(program, file, extra_files={"clspec.json": json.dumps(told)})
    return file.getvalue()
