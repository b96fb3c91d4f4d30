"""The file of a checkpoint: safetensors whose metadata is JSON, with a digest of every part."""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, Literal

import torch
from pydantic import BaseModel, ConfigDict, ValidationError
from safetensors import SafetensorError, safe_open
from safetensors.torch import save
from torch import Tensor

from clspec.files import write_atomically
from clspec.growth import Rule
from clspec.version import VERSION

FORMAT = 1
_KEY = "clspec"


class CheckpointError(ValueError):
    """What cannot be saved, or a file that cannot be loaded, and why."""


class _Strict(BaseModel):
    model_config = ConfigDict(strict=True, extra="forbid", frozen=True)


class SavedSpec(_Strict):
    """What the model is compiled from; `sha256` is of the text."""

    file: str
    syntax: Literal["clspec", "yaml"]
    model: str
    parameters: dict[str, int | float | str | bool | list[int | float | str | bool | None] | None]
    text: str
    used: dict[str, str] = {}
    target: Literal["torch", "avalanche"] = "torch"
    sha256: str


class SavedOptimizer(_Strict):
    """An optimizer's class and, as JSON, its state; a tensor in it is told by its key in the file."""

    kind: str
    state: Any


class Contents(_Strict):
    """What a checkpoint says beside its tensors. `version` is clspec's, `fixed` are the parameters without gradient."""

    version: str
    spec: SavedSpec
    seed: int | None
    plan: list[str]
    fixed: list[str]
    optimizer: SavedOptimizer | None


class _Stored(_Strict):
    """What a tensor of the file must be."""

    dtype: str
    shape: list[int]
    sha256: str


class _Metadata(_Strict):
    format: int
    contents: Contents
    tensors: dict[str, _Stored]


def write_file(path: str | os.PathLike[str], contents: Contents, tensors: Mapping[str, Tensor]) -> None:
    """Replaces the file at `path` in one step."""
    on_cpu = {key: _packed(tensor.detach()) for key, tensor in tensors.items()}
    told = {key: _stored(tensor) for key, tensor in on_cpu.items()}
    written = _Metadata(format=FORMAT, contents=contents, tensors=told).model_dump()
    written["sha256"] = sha256(_canonical(written))
    write_atomically(path, save(on_cpu, {_KEY: _canonical(written)}))


def read_contents(path: str | os.PathLike[str]) -> Contents:
    """What a file says beside its tensors, which are left alone. Raises as `read_file` does."""
    return _read(path, with_tensors=False)[0].contents


def read_file(path: str | os.PathLike[str]) -> tuple[Contents, dict[str, Tensor]]:
    """What `write_file` wrote. Raises CheckpointError for any other file, OSError for one that cannot be read."""
    metadata, tensors = _read(path, with_tensors=True)
    try:
        _check_tensors(metadata.tensors, tensors)
    except CheckpointError as error:
        raise CheckpointError(f"{os.fspath(path)}: {error}") from None
    return metadata.contents, tensors


def _read(path: str | os.PathLike[str], *, with_tensors: bool) -> tuple[_Metadata, dict[str, Tensor]]:
    name = os.fspath(path)
    with Path(name).open("rb"):  # what cannot be opened is told in Python's own words
        pass
    opener: Any = safe_open  # its stub leaves types open
    try:
        with opener(name, framework="pt") as file:
            text: str | None = dict(file.metadata() or {}).get(_KEY)
            keys = file.keys() if with_tensors else ()
            tensors: dict[str, Tensor] = {key: file.get_tensor(key) for key in keys}
    except SafetensorError as error:
        raise CheckpointError(f"{name}: not a whole safetensors file ({error}); is it truncated?") from None
    if text is None:
        raise CheckpointError(f"{name}: a safetensors file, but no checkpoint of clspec")
    try:
        return _metadata(text), tensors
    except CheckpointError as error:
        raise CheckpointError(f"{name}: {error}") from None


def judge_plan(contents: Contents, rules: Iterable[Rule]) -> None:
    """Raises CheckpointError for another plan than the one saved: rules that wait would be others."""
    plan = [str(rule) for rule in rules]
    if plan != contents.plan:
        raise CheckpointError(
            f"clspec {VERSION} compiles its spec to another plan than clspec {contents.version}, which wrote it, did: "
            f"{'; '.join(plan)} instead of {'; '.join(contents.plan)}"
        )


def _metadata(text: str) -> _Metadata:
    try:
        written: Any = json.loads(text)
        number, version = written["format"], str(written["contents"]["version"])
        digest = written.pop("sha256", None)
    except (ValueError, RecursionError, LookupError, TypeError, AttributeError):
        raise CheckpointError("its metadata was changed after it was saved: it cannot be read") from None
    if number != FORMAT or _release(version) > _release(VERSION):
        raise CheckpointError(
            f"it was written by clspec {version} in format {number}; this is clspec {VERSION}, which reads format "
            f"{FORMAT}: upgrade clspec"
        )
    try:
        metadata = _Metadata.model_validate(written)
    except ValidationError as error:
        where = ".".join(map(str, error.errors()[0]["loc"]))
        raise CheckpointError(
            f"its metadata was changed after it was saved: {where} is not as clspec writes it"
        ) from None
    spec = metadata.contents.spec
    if sha256(spec.text) != spec.sha256:
        raise CheckpointError(f"the text of its spec, {spec.file}, was changed after it was saved")
    if sha256(_canonical(written)) != digest:
        raise CheckpointError("its metadata was changed after it was saved")
    return metadata


def _check_tensors(wanted: Mapping[str, _Stored], tensors: Mapping[str, Tensor]) -> None:
    for key, expected in wanted.items():
        if key not in tensors:
            raise CheckpointError(f"{key} is missing")
        found = _stored(tensors[key])
        if (found.dtype, found.shape) != (expected.dtype, expected.shape):
            raise CheckpointError(
                f"{key} is {found.dtype} of shape {tuple(found.shape)}, "
                f"not {expected.dtype} of shape {tuple(expected.shape)}"
            )
        if found.sha256 != expected.sha256:
            raise CheckpointError(f"the values of {key} were changed after they were saved")
    for key in tensors:
        if key not in wanted:
            raise CheckpointError(f"{key} was added after it was saved")


def _stored(tensor: Tensor) -> _Stored:
    raw: Any = _packed(tensor).reshape(-1).view(torch.uint8).numpy()
    return _Stored(
        dtype=str(tensor.dtype).removeprefix("torch."), shape=list(tensor.shape), sha256=hashlib.sha256(raw).hexdigest()
    )


def _packed(tensor: Tensor) -> Tensor:
    """A copy on the CPU, of the strides of its shape; one that `contiguous` calls so may have others."""
    return torch.empty(tensor.shape, dtype=tensor.dtype).copy_(tensor)


def sha256(text: str) -> str:
    """The digest of a text, in hexadecimal."""
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


def _canonical(written: Any) -> str:
    return json.dumps(written, separators=(",", ":"))


def _release(version: str) -> list[int]:
    return [int(number) for number in version.split(".") if number.isdecimal()]
