# pyright: standard
"""Published weights, read from where the libraries keep them on this machine; nothing is ever downloaded."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from importlib import import_module
from pathlib import Path
from typing import Any

import torch
from torch import nn

from clspec.nn.weights import WeightsError, load_weights

PYTORCHCV_FOLDER = "~/.torch/models"
_HUB_FILES = ("model.safetensors", "pytorch_model.bin")
"""What timm looks for in a repository of the hub, in its order."""
_replaced = ContextVar("replaced", default=False)


@contextmanager
def replaced_weights() -> Iterator[None]:
    """Inside, networks are built with fresh weights and no file is looked for: all weights will be replaced."""
    before = _replaced.set(True)
    try:
        yield
    finally:
        _replaced.reset(before)


def pretrained(net: nn.Module, library: str, file: str) -> nn.Module:
    """The network with the weights in `file`, read with `weights_only=True` from the library's own folder.

    Raises FileNotFoundError, which names the file that was looked for, and WeightsError where it does not fit.
    """
    if _replaced.get():
        return net
    load_weights(net, cached_file(library, file))
    return net


def pretrained_timm(name: str, in_channels: int = 3) -> nn.Module:
    """timm's network without its classifier, with its published weights from the hub's folder on this machine.

    timm itself fits them to `in_channels`. Raises FileNotFoundError, which names the file that was looked for, and
    WeightsError where it does not fit.
    """
    timm: Any = import_module("timm")
    if _replaced.get():
        return timm.create_model(name, num_classes=0, in_chans=in_channels)
    file = cached_file("timm", timm_source(name))
    overlay = {"file": str(file), **({} if file.suffix == ".npz" else {"custom_load": False})}
    settings: dict[str, Any] = {"pretrained": True, "pretrained_cfg_overlay": overlay}
    try:
        return timm.create_model(name, **settings, num_classes=0, in_chans=in_channels)
    except Exception as error:  # of torch, of safetensors, of timm: the network was built before, without weights
        said = [line.strip() for line in str(error).splitlines() if line.strip()] or [type(error).__name__]
        raise WeightsError(f"{file} does not fit {name}: {' '.join(said[:2])}") from None


def timm_source(name: str) -> str:
    """Where timm's published weights of a network come from: `repository/file` of its hub, or a URL; "": none."""
    config: Any = import_module("timm").models.get_pretrained_cfg(name, allow_unregistered=False)
    if config is None:
        return ""
    if config.hf_hub_id:
        return f"{config.hf_hub_id}/{config.hf_hub_filename or _HUB_FILES[0]}"
    return config.url or ""


def cached_file(library: str, file: str) -> Path:
    """Where a library keeps a file of weights. Raises FileNotFoundError, which names the place, where there is none."""
    path = _place(library, file)
    if not path.is_file() and not _replaced.get():
        raise FileNotFoundError(f"there are no weights at {path}; put them there, or name a file when compiling")
    return path


def _place(library: str, file: str) -> Path:
    if library == "pytorchcv":
        return Path(PYTORCHCV_FOLDER).expanduser() / file
    repository, _, name = file.rpartition("/")
    if library == "timm" and repository.count("/") == 1:
        return _in_hub(repository, name)
    return Path(torch.hub.get_dir()) / "checkpoints" / name


def _in_hub(repository: str, name: str) -> Path:
    """A file of a repository of the Hugging Face hub, as its client keeps it; of the older format if only that is."""
    hub: Any = import_module("huggingface_hub")
    for each in _HUB_FILES if name == _HUB_FILES[0] else (name,):
        found = hub.try_to_load_from_cache(repository, each)
        if isinstance(found, str):
            return Path(found)
    folder = Path(sys.modules["huggingface_hub"].constants.HF_HUB_CACHE) / f"models--{repository.replace('/', '--')}"
    branch = folder / "refs" / "main"  # names the commit that is kept; without it `main` itself is looked for
    commit = branch.read_text("utf-8").strip() if branch.is_file() else "main"
    return folder / "snapshots" / commit / name
