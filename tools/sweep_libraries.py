"""What the libraries of networks say of theirs, for `tools/sweep.py`."""

from __future__ import annotations

import importlib
import math
from functools import lru_cache
from typing import Any, NamedTuple


class Subject(NamedTuple):
    """A network as its library tells of it."""

    name: str
    family: str
    channels: int
    size: tuple[int, int]


def names(library: str) -> list[str]:
    """Networks by name, of timm its modules."""
    if library == "pytorchcv":
        from clspec.catalogue import pytorchcv_catalogue

        return list(pytorchcv_catalogue().names)
    stand_in()
    if library == "timm":
        import timm

        return [module for module in timm.list_modules() if timm.list_models(module=module)]
    from torchvision import models

    return models.list_models(module=models)


def find(library: str, name: str) -> Subject:
    """What is known of a network; of a module of timm the smallest one in it."""
    if library == "pytorchcv":
        from clspec.catalogue import pytorchcv_catalogue

        known = pytorchcv_catalogue().network(name)
        assert known is not None, name
        return Subject(name, known.module, known.channels or 3, known.size)
    stand_in()
    if library == "timm":
        import timm

        smallest = min(timm.list_models(module=name), key=_size_of)
        channels, *size = timm.get_pretrained_cfg(smallest, allow_unregistered=True).input_size
        return Subject(smallest, name, channels, (size[0], size[1]))
    from torchvision import models

    family = models.get_model_builder(name).__module__.rpartition(".")[2]
    return Subject(name, family, 3, (299, 299) if name == "inception_v3" else (224, 224))


def make(library: str, subject: Subject, channels: int) -> Any:
    """The network as its library makes it."""
    if library == "pytorchcv":
        return getattr(importlib.import_module(f"pytorchcv.models.{subject.family}"), subject.name)(
            in_channels=channels
        )
    stand_in()
    if library == "timm":
        return importlib.import_module("timm").create_model(subject.name, in_chans=channels)
    return importlib.import_module("torchvision.models").get_model(subject.name)


def _size_of(name: str) -> float:
    """The parameters of a network of timm; those that cannot be built without memory are passed over."""
    import timm
    import torch

    try:
        with torch.device("meta"):
            return sum(each.numel() for each in timm.create_model(name).parameters())
    except (RuntimeError, NotImplementedError):
        return math.inf


@lru_cache(maxsize=1)
def stand_in() -> Any:
    """Two operators that torchvision of the registry lacks beside a CPU build of torch, so that it can be imported."""
    import torch

    schemas = torch.library.Library("torchvision", "DEF")
    if not hasattr(torch.ops.torchvision, "nms"):
        for name in ("nms", "qnms"):
            schemas.define(f"{name}(Tensor dets, Tensor scores, float iou_threshold) -> Tensor")
    return schemas
