# pyright: standard
"""Weights from a file into a module, all of them or none: what does not fit is said."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from pathlib import Path
from pickle import UnpicklingError
from typing import Any

import torch
from torch import Tensor, nn

MOST_NAMED = 4
_WRAPPERS = ("state_dict", "model")
"""Keys under which training scripts keep a state_dict."""
_PREFIXES = ("_orig_mod.", "module.", "_orig_mod.")
"""What `torch.compile` and `DistributedDataParallel` put before the names, in either order."""
WHOLE = (
    "it holds more than tensors, which only running code from it could read; "
    "save the weights alone, by `torch.save(network.state_dict(), ...)`"
)


class WeightsError(ValueError):
    """A file that is no file of weights, or one of another network."""


def load_weights(module: nn.Module, path: str | os.PathLike[str]) -> None:
    """Loads a file of weights (`torch.save`, read with `weights_only=True`, or `.safetensors`) into a module.

    For a `Backbone` the names may be those of the network itself, also as `DistributedDataParallel` and `torch.compile`
    spell them, and the weights of what was left out of it are passed over: of its classifier, and of outputs that only
    help in training. Raises FileNotFoundError, and WeightsError for
    what is no file of weights, or is one of another network; then nothing was changed.
    """
    state = read_weights(path)
    wanted = module.state_dict()
    given = max(_namings(module, state), key=lambda names: len(wanted.keys() & names.keys()))
    extra = tuple(_left_out(module))
    given = {name: tensor for name, tensor in given.items() if name in wanted or not name.startswith(extra)}
    problem = _problem(wanted, given) if not _grows(module) else None
    if problem is not None:
        raise WeightsError(f"{os.fspath(path)} does not fit: {problem}")
    counters = {name: tensor for name, tensor in wanted.items() if name.endswith("num_batches_tracked")}
    try:
        module.load_state_dict({**counters, **given})
    except RuntimeError as error:
        raise WeightsError(f"{os.fspath(path)} does not fit: {str(error).splitlines()[-1].strip()}") from None


def read_weights(path: str | os.PathLike[str]) -> dict[str, Tensor]:
    """The tensors in a file, by name. Raises FileNotFoundError, and WeightsError for what is none of weights."""
    if not Path(path).is_file():
        raise FileNotFoundError(f"there is no file {os.fspath(path)}")
    try:
        found = _read(path)
    except (UnpicklingError, RuntimeError, ValueError, EOFError, OSError, KeyError, AttributeError) as error:
        said = WHOLE if isinstance(error, UnpicklingError) else (str(error).splitlines() or [type(error).__name__])[0]
        raise WeightsError(f"{os.fspath(path)} is no file of weights: {said}") from None
    except Exception as error:  # safetensors has an error of its own, derived from Exception
        raise WeightsError(f"{os.fspath(path)} is no file of weights: {error}") from None
    for key in _WRAPPERS:
        if isinstance(found, Mapping) and isinstance(found.get(key), Mapping):
            found = found[key]
    if not isinstance(found, Mapping) or not all(isinstance(each, Tensor) for each in found.values()):
        raise WeightsError(f"{os.fspath(path)} is no file of weights: it does not hold tensors by name")
    return {str(name): tensor for name, tensor in found.items()}


def _read(path: str | os.PathLike[str]) -> Any:
    if os.fspath(path).endswith(".safetensors"):
        from safetensors.torch import load_file

        return load_file(path)
    return torch.load(path, map_location="cpu", weights_only=True)


def _namings(module: nn.Module, state: Mapping[str, Tensor]) -> Iterable[dict[str, Tensor]]:
    """The names in the file as they are, and as those of the network that a backbone holds, wrapped by torch or not."""
    yield dict(state)
    bare = state
    for prefix in _PREFIXES:
        if all(name.startswith(prefix) for name in bare):
            bare = {name.removeprefix(prefix): tensor for name, tensor in bare.items()}
            yield dict(bare)
    if isinstance(module._modules.get("net"), nn.Module):
        yield {f"net.{name}": tensor for name, tensor in bare.items()}


def _left_out(module: nn.Module) -> Iterable[str]:
    """How the names of the weights begin of what the network can have and was built without."""
    inner = module._modules.get("net")
    net, lead = (inner, "net.") if isinstance(inner, nn.Module) else (module, "")
    dropped = getattr(module, "drop", None)
    if isinstance(dropped, str):
        yield f"{lead}{dropped}."
    config: Any = getattr(net, "pretrained_cfg", None)  # of timm's networks
    named = config.get("classifier") if isinstance(config, Mapping) else None
    for name in [named] if isinstance(named, str) else named or ():
        yield f"{lead}{_replaced(net, name)}."
    yield from (f"{lead}{name}." for name, value in vars(net).items() if value is None)  # as torchvision's networks do


def _replaced(net: nn.Module, path: str) -> str:
    """The outermost part of a path that is an Identity now: timm replaces the norm beside a classifier with it."""
    names, modules = path.split("."), dict(net.named_modules())
    outer = (".".join(names[:length]) for length in range(1, len(names)))
    return next((each for each in outer if isinstance(modules.get(each), nn.Identity)), path)


def _grows(module: nn.Module) -> bool:
    """Whether loading itself may add what the file has more of."""
    return any(getattr(part, "SERIES", None) is not None for part in module.modules())


def _problem(wanted: Mapping[str, Tensor], given: Mapping[str, Tensor]) -> str | None:
    missing = [name for name in wanted if name not in given and not name.endswith("num_batches_tracked")]
    unknown = [name for name in given if name not in wanted]
    shapes = [name for name in wanted if name in given and wanted[name].shape != given[name].shape]
    first = next((name for name in shapes if _other_channels(wanted[name], given[name])), None)
    if first is not None and not missing and not unknown and len(shapes) == 1:
        here, there = wanted[first].shape[1], given[first].shape[1]
        repeating = f", such as by `repeat_channels({there // here})`" if there % here == 0 else ""
        return (
            f"its first convolution ({first}) reads {_channels(there)}, here there {_are(here)}; "
            f"give it {_channels(there)}{repeating}"
        )
    said = [
        *([f"it lacks {_listed(missing)}"] if missing else []),
        *([f"the model has no {_listed(unknown)}"] if unknown else []),
        *(f"{name} is {tuple(given[name].shape)} there and {tuple(wanted[name].shape)} here" for name in shapes[:2]),
    ]
    return "; ".join(said) or None


def _other_channels(wanted: Tensor, given: Tensor) -> bool:
    return wanted.dim() == given.dim() == 4 and (*wanted.shape[:1], *wanted.shape[2:]) == (
        *given.shape[:1],
        *given.shape[2:],
    )


def _channels(count: int) -> str:
    return f"{count} input channel" + ("s" if count != 1 else "")


def _are(count: int) -> str:
    return "is 1" if count == 1 else f"are {count}"


def _listed(names: list[str]) -> str:
    rest = len(names) - MOST_NAMED
    return ", ".join(names[:MOST_NAMED]) + (f" and {rest} more" if rest > 0 else "")
