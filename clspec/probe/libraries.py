# pyright: standard
"""What torchvision and timm say of their networks; both are optional, and both may be there and broken."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from importlib import import_module
from types import ModuleType
from typing import Any

from clspec.nn.pretrained import cached_file, timm_source
from clspec.probe.errors import ProbeError
from clspec.probe.meta import undisturbed
from clspec.probe.networks import describe

_KINDS = ("detection", "segmentation", "optical_flow", "video", "quantization")
NATIVE = 224
NUM_CLASSES = 1000


@dataclass(frozen=True)
class Names:
    """A library's networks for classification, and of the others what they are for."""

    networks: tuple[str, ...]
    others: Mapping[str, str]


def imported(name: str) -> ModuleType:
    """A library's module. Raises ProbeError for one that is missing or broken."""
    try:
        with undisturbed():
            return import_module(name)
    except ModuleNotFoundError as error:
        raise ProbeError("import", f'no module named "{error.name}"') from None
    except Exception as error:  # a binary that does not fit its torch raises RuntimeError, OSError, ...
        lines = str(error).splitlines() or [""]
        raise ProbeError("import", f"importing {name} raises {type(error).__name__}: {lines[0]}") from None


@lru_cache(maxsize=1)
def torchvision_names() -> Names:
    """The networks of the installed torchvision. Raises ProbeError."""
    models: Any = imported("torchvision.models")
    networks = tuple(models.list_models(module=models))
    others: dict[str, str] = {}
    for kind in _KINDS:
        names = models.list_models(module=getattr(models, kind))
        others |= {name: kind.replace("_", " ") for name in names if name not in networks}
    return Names(networks, others)


def torchvision_weights(name: str) -> dict[str, str]:
    """The published weights of a network: their file names by weights' name, `DEFAULT` among them."""
    weights: Any = imported("torchvision.models").get_model_weights(name)
    files = {each.name: each.url.rpartition("/")[2] for each in weights}
    return {**files, "DEFAULT": files[weights.DEFAULT.name]} if files else {}


@lru_cache(maxsize=256)
def torchvision_drop(name: str, more: tuple[tuple[str, Any], ...] = ()) -> str:
    """The path of a network's classifier. Raises ProbeError."""
    make = getattr(imported("torchvision.models"), name)
    size = 299 if name == "inception_v3" else NATIVE
    network = describe("models", lambda _: make(**dict(more)), (size, size), NUM_CLASSES, channels=(3,))
    if network is None:
        raise ProbeError("output", f"it gives no scores for {NUM_CLASSES} classes")
    return network.drop


@lru_cache(maxsize=1)
def timm_names() -> frozenset[str]:
    """The networks of the installed timm. Raises ProbeError."""
    return frozenset(imported("timm").list_models())


def timm_weights(name: str) -> str:
    """Where timm's published weights of a network come from: `repository/file` of its hub, or a URL; "": none."""
    imported("timm")
    return timm_source(name)


def missing_weights(library: str, file: str) -> str | None:
    """Where published weights were looked for on this machine in vain; None where they are there."""
    try:
        cached_file(library, file)
    except FileNotFoundError as error:
        return str(error)
    return None
