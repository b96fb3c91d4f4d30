"""A grown model and its optimizer in one file, and back.

The spec's text is in the file and is compiled again, the tensors are put in: no data, no replay, no pickle, and no
Python code from the file is run.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Generator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict
from typing import Any, cast

import torch
from torch import Tensor, nn
from torch.optim import Optimizer

from clspec import driver
from clspec.analyses import Analysis, Given
from clspec.checkpoint_file import (
    CheckpointError,
    Contents,
    SavedOptimizer,
    SavedSpec,
    judge_plan,
    read_file,
    sha256,
    write_file,
)
from clspec.checkpoint_transfer import Transfer, transfer
from clspec.comparing import SpecLike, analysed, judge_strictness, saved_side
from clspec.comparison.strictness import Strictness
from clspec.diagnostics import SpecError
from clspec.nn.compiled import CompiledModel
from clspec.nn.holdings import check_optimizer
from clspec.nn.optimizer import update_optimizer
from clspec.nn.optimizer_state import grouped, load_optimizer_state, optimizer_state
from clspec.nn.parts import ModulePart
from clspec.nn.pretrained import replaced_weights
from clspec.nn.seeding import untouched_rng
from clspec.nn.wrappers import whole
from clspec.reading import Folders
from clspec.version import VERSION

__all__ = ["CheckpointError", "load_checkpoint", "load_model", "save_checkpoint"]

OptimizerFactory = Callable[[list[dict[str, Any]]], Optimizer]
_OPTIMIZERS = "torch.optim."
_MISFITS = (ArithmeticError, AttributeError, LookupError, MemoryError, RuntimeError, TypeError, ValueError)
"""What comes of data that clspec did not write."""


def save_checkpoint(model: nn.Module, path: str | os.PathLike[str], optimizer: Optimizer | None = None) -> None:
    """Writes a compiled model, as grown, and its optimizer to one file, in one step.

    Of a sharded model (fully_shard, DTensor) the file is of the whole: every rank calls it, as each gives its part.
    Raises CheckpointError, before anything is written, for a model that was not compiled from a spec, an optimizer that
    holds what is not the model's, and optimizer state that is neither numbers nor tensors; TypeError for an
    `optimizer` that is none.
    """
    if not isinstance(model, CompiledModel) or model.SPEC is None:
        raise CheckpointError(
            f"{type(model).__name__} was not compiled from a spec, so a checkpoint could not build it again; "
            "save its state_dict() instead"
        )
    tensors: dict[str, Tensor] = {f"model.{name}": whole(tensor) for name, tensor in model.state_dict().items()}
    contents = Contents(
        version=VERSION,
        spec=SavedSpec(**asdict(model.SPEC), sha256=sha256(model.SPEC.text)),
        seed=model.SEED,
        plan=[str(rule) for rule in model.PLAN],
        fixed=[name for name, parameter in model.named_parameters() if not parameter.requires_grad],
        optimizer=None if optimizer is None else _saved(optimizer, model, tensors),
    )
    write_file(path, contents, tensors)


def load_checkpoint(
    path: str | os.PathLike[str],
    optimizer: OptimizerFactory | None = None,
    allow_imports: Sequence[str] = (),
    *,
    spec: SpecLike | None = None,
    model: str | None = None,
    params: Mapping[str, Given] | None = None,
    allow_use: Folders = (),
    strictness: Strictness = "names",
) -> tuple[CompiledModel, Any]:
    """The model and the optimizer (None where none was saved) of a checkpoint, on the CPU, in train mode.

    Training on is bit for bit what it would have been without. `optimizer` makes one of the parameter groups, with
    their options, that it is handed; without it one of torch.optim is made, by the name it was saved under. Torch's
    generator is left where it was.

    `spec` is another one to put it into, with its `model` (by default the one of the same name) and `params`: what
    moved is carried along, what is new starts fresh. `strictness` says what may not be lost, as for `clspec.breaking`,
    in whose words a CheckpointError tells what is.

    Raises CheckpointError for a file that is not a whole, unchanged checkpoint and for an optimizer of another class
    than the one saved, SpecError for a `spec` that does not check, TypeError where `optimizer` makes none, ValueError
    for an unknown strictness, and OSError where there is no file.
    """
    wanted = judge_strictness(strictness)
    contents, tensors = read_file(path)
    with _named(path):
        if spec is None:
            loaded = _model(contents, tensors, allow_imports)
            return loaded, _optimizer(loaded, contents.optimizer, tensors, optimizer)
        name, side = contents.spec.model, saved_side(contents.spec, os.fspath(path))
        old, new = analysed(side, spec, model or name, params, allow_imports, allow_use, old_model=name)
        carried = transfer(contents, _state(tensors), old, new, wanted)
        loaded = _transferred(contents, carried, new, allow_imports)
        return loaded, _optimizer(loaded, contents.optimizer, tensors, optimizer, carried)


def load_model(path: str | os.PathLike[str], allow_imports: Sequence[str] = ()) -> CompiledModel:
    """The model of a checkpoint by itself, for who only looks at it; raises as `load_checkpoint` does."""
    contents, tensors = read_file(path)
    with _named(path):
        return _model(contents, tensors, allow_imports)


@contextmanager
def _named(path: str | os.PathLike[str]) -> Generator[None]:
    """Errors say which file they are about."""
    try:
        yield
    except CheckpointError as error:
        raise CheckpointError(f"{os.fspath(path)}: {error}") from error.__cause__


# ---- the model


def _model(contents: Contents, tensors: Mapping[str, Tensor], allow_imports: Sequence[str]) -> CompiledModel:
    model = _compiled(contents, allow_imports)
    _put_in(model, contents, tensors)
    return model


def _compiled(contents: Contents, allow_imports: Sequence[str]) -> CompiledModel:
    spec = contents.spec
    try:
        with untouched_rng(), replaced_weights():
            parsed = driver.parse_string(spec.text, spec.syntax, spec.file, spec.used)
            model = driver.compile(
                parsed, spec.model, spec.parameters, spec.target, contents.seed, allow_imports=allow_imports
            )
    except SpecError as error:
        raise CheckpointError(
            f"clspec {VERSION} cannot compile its spec, written for {contents.version}:\n{error}"
        ) from error
    judge_plan(contents, cast(CompiledModel, model).PLAN)
    return cast(CompiledModel, model)


def _put_in(model: CompiledModel, contents: Contents, tensors: Mapping[str, Tensor]) -> None:
    try:
        _load_exactly(model, _state(tensors))
    except _MISFITS as error:
        raise CheckpointError(f"its tensors do not fit the spec in it, {contents.spec.file}: {error}") from error
    fixed = set(contents.fixed)
    for name, parameter in model.named_parameters():
        parameter.requires_grad_(name not in fixed)


def _transferred(contents: Contents, carried: Transfer, new: Analysis, allow_imports: Sequence[str]) -> CompiledModel:
    """A model of another spec with all in it that it has in common with the one that was saved."""
    with untouched_rng(), replaced_weights():
        made = driver.compile(
            new.spec,
            new.model.title,
            new.parameters,
            contents.spec.target,
            contents.seed,
            allow_imports=allow_imports,
        )
    model = cast(CompiledModel, made)
    try:
        _load_exactly(model, carried.state, strict=False)  # what is new is missing
        for name, parameter in model.named_parameters():
            if name in carried.state:
                parameter.requires_grad_(name not in carried.fixed)
        parts: dict[str, nn.Module] = dict(cast(Any, model).named_modules())
        for rule in (*carried.undone, *carried.begun):
            if rule.part in parts:  # what OLD froze may be no more
                ModulePart(model, rule.part, parts[rule.part]).act(rule, None)
    except _MISFITS as error:
        raise CheckpointError(f"its tensors do not fit {new.spec.file}: {error}") from error
    return model


def _state(tensors: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """The state dict of the model among the tensors of a file."""
    return {key.removeprefix("model."): tensor for key, tensor in tensors.items() if key.startswith("model.")}


def _load_exactly(model: nn.Module, state: Mapping[str, Tensor], *, strict: bool = True) -> None:
    with untouched_rng():
        _take_dtypes(model, state)  # before, so that what grows is born in the right one
        model.load_state_dict(state, strict=strict)
        _take_dtypes(model, state)


def _take_dtypes(model: nn.Module, state: Mapping[str, Tensor]) -> None:
    """Gives what is there already the dtype that it was saved in; only values in the right dtype are kept exactly."""
    for name, tensor in model.state_dict(keep_vars=True).items():
        saved = state.get(name)
        if saved is not None and saved.dtype != tensor.dtype and saved.shape == tensor.shape:
            tensor.data = saved.clone()


# ---- the optimizer


def _saved(optimizer: Optimizer, model: nn.Module, tensors: dict[str, Tensor]) -> SavedOptimizer:
    try:
        state = optimizer_state(optimizer, model)
    except ValueError as error:
        raise CheckpointError(str(error)) from None
    return SavedOptimizer(kind=_kind(optimizer), state=_to_json(state, "optimizer", tensors))


def _optimizer(
    model: nn.Module,
    saved: SavedOptimizer | None,
    tensors: Mapping[str, Tensor],
    factory: OptimizerFactory | None,
    carried: Transfer | None = None,
) -> Optimizer | None:
    if saved is None and factory is None:
        return None
    if saved is None:
        raise CheckpointError("it holds no optimizer: make one over model.parameters()")
    try:
        state = _from_json(saved.state, tensors)
        if carried is not None:
            state = carried.optimizer_state(state)
        made = (factory or _torch_optimizer(saved.kind))(grouped(model, state))
    except CheckpointError:
        raise
    except _MISFITS as error:
        raise CheckpointError(f"its optimizer, {saved.kind}, cannot be made: {error}") from error
    check_optimizer(made)
    if not _same_kind(saved.kind, _kind(made)):
        raise CheckpointError(f"its optimizer is a {saved.kind}, but optimizer= made a {_kind(made)}")
    try:
        load_optimizer_state(made, model, state)
        if carried is not None:
            fresh = {name: each for name, each in model.named_parameters() if name not in carried.state}
            update_optimizer(model, made, fresh)
    except _MISFITS as error:
        raise CheckpointError(f"its optimizer, {saved.kind}, cannot be made: {error}") from error
    return made


def _same_kind(one: str, other: str) -> bool:
    """A class outside torch.optim goes by its name alone: a script's is in `__main__` when it runs."""
    if one.startswith(_OPTIMIZERS) or other.startswith(_OPTIMIZERS):
        return one == other
    return one.rpartition(".")[2] == other.rpartition(".")[2]


def _kind(optimizer: Optimizer) -> str:
    """`torch.optim.Adam`, or wherever else its class lives."""
    kind = type(optimizer)
    ours = getattr(torch.optim, kind.__name__, None) is kind
    return f"{_OPTIMIZERS}{kind.__name__}" if ours else f"{kind.__module__}.{kind.__qualname__}"


def _torch_optimizer(kind: str) -> OptimizerFactory:
    found: Any = getattr(torch.optim, kind.removeprefix(_OPTIMIZERS), None) if kind.startswith(_OPTIMIZERS) else None
    if not (isinstance(found, type) and issubclass(found, Optimizer)):
        raise CheckpointError(f"its optimizer is a {kind}, not one of torch.optim: hand in optimizer=, which makes one")
    return cast(OptimizerFactory, found)


def _to_json(value: Any, key: str, tensors: dict[str, Tensor]) -> Any:
    """JSON for a value; the tensors in it go into `tensors`, under keys that begin with `key`."""
    if value is None or isinstance(value, bool | int | float | str):
        return value
    if isinstance(value, Tensor):
        if key in tensors:
            raise CheckpointError(f"two tensors of the optimizer go by the name {key}")
        tensors[key] = whole(value)
        return {"tensor": key}
    if isinstance(value, list | tuple):
        items = [_to_json(each, f"{key}.{index}", tensors) for index, each in enumerate(cast(Sequence[Any], value))]
        return {"tuple": items} if isinstance(value, tuple) else items
    if isinstance(value, Mapping):
        entries = cast(Mapping[Any, Any], value).items()
        if all(isinstance(name, str) for name, _ in entries):
            return {"dict": {name: _to_json(each, f"{key}.{name}", tensors) for name, each in entries}}
    kind = type(cast(object, value)).__name__
    raise CheckpointError(f"{key} is a {kind}: only numbers, strings and tensors can be saved")


def _from_json(value: Any, tensors: Mapping[str, Tensor]) -> Any:
    if isinstance(value, list):
        return [_from_json(each, tensors) for each in cast(list[Any], value)]
    if not isinstance(value, dict):
        return value
    ((form, inner),) = cast(dict[str, Any], value).items()
    if form == "tensor":
        return tensors[inner]
    if form == "tuple":
        return tuple(_from_json(each, tensors) for each in inner)
    return {name: _from_json(each, tensors) for name, each in inner.items()}
