# pyright: standard, reportMissingImports=false
"""ONNX: a program as the bytes of a file, and the comparison of what onnxruntime makes of it with the model."""

from __future__ import annotations

import io
import json
from collections.abc import Mapping, Sequence
from typing import Any

import onnxruntime
import onnxscript  # noqa: F401  # torch.onnx needs it, and says so late
import torch
from torch import Tensor
from torch.export import ExportedProgram

from clspec.integrations.export import refused
from clspec.nn.compiled import CompiledModel

MOST_BYTES = 2**31 - 2**20
"""Of the tensors in one file: protobuf ends at 2 GiB."""


def translate(program: ExportedProgram, model: CompiledModel, outputs: Sequence[str], told: Mapping[str, Any]) -> bytes:
    """The bytes of an ONNX file whose metadata is what is `told`. Raises SpecError (CL903)."""
    size = sum(tensor.numel() * tensor.element_size() for tensor in program.state_dict.values())
    if size > MOST_BYTES:
        why = f"its tensors take {size:,} bytes, and an ONNX file holds 2 GiB"
        raise refused(model, why, help="write a .pt2 instead")
    try:
        made: Any = torch.onnx.export(program, dynamo=True, verbose=False, output_names=list(outputs))
    except Exception as error:  # torch.onnx tells by errors of its own, from deep inside
        raise refused(model, "torch.onnx cannot translate it", error, help="write a .pt2 instead") from error
    graph = made.model.graph
    for part in (*graph.all_nodes(), *graph.initializers.values()):
        part.metadata_props.clear()  # stacks of calls, which name files of this machine
    for value in (*graph.inputs, *graph.outputs):
        value.shape[0] = "batch"
    made.model.metadata_props.update(
        {f"clspec.{key}": value if isinstance(value, str) else json.dumps(value) for key, value in told.items()}
    )
    file = io.BytesIO()
    made.save(file)
    return file.getvalue()


def compare(data: bytes, model: CompiledModel, inputs: Mapping[str, Any]) -> None:
    """Raises SpecError (CL903) where onnxruntime does not run the file, or answers otherwise than the model."""
    given = {name: value.numpy() for name, value in inputs.items() if isinstance(value, Tensor)}
    quiet = onnxruntime.SessionOptions()
    quiet.log_severity_level = 4
    try:
        found = onnxruntime.InferenceSession(data, quiet, ["CPUExecutionProvider"]).run(None, given)
    except Exception as error:  # onnxruntime has an exception for each kind of failure
        raise refused(model, "onnxruntime cannot run it", error) from error
    answer = model(*inputs.values())
    wanted: list[Tensor] = list(answer.values()) if isinstance(answer, Mapping) else [answer]
    for one, other in zip(map(torch.from_numpy, found), wanted, strict=True):
        tolerance = 3 * torch.finfo(other.dtype).eps ** 0.5 if other.is_floating_point() else 0.0
        if not torch.allclose(one, other, rtol=tolerance, atol=tolerance, equal_nan=True):
            apart = float((one - other.detach()).abs().max())
            raise refused(model, f"onnxruntime answers otherwise than the model, by up to {apart:.2g}")
