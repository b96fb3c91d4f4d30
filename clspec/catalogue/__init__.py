"""What is known of library networks without importing them: widths, parameters, input sizes (`make catalogue`)."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache


@dataclass(frozen=True)
class Stage:
    """A direct child of a network's `features`; `shape` is what it gives at the network's native input size.

    `units` are its children where it is a stage, else 1. `parameters` are those with three input channels.
    """

    name: str
    units: int
    parameters: int
    shape: tuple[int, ...]


@dataclass(frozen=True)
class Network:
    """One network of pytorchcv, its classifier dropped.

    `size` is its native height and width, `least` the least square image it can take (where `pool` names the final
    pool that is made adaptive; without one only the native size fits). `parameters` are a fixed number and a number
    for every input channel. `drop` is the classifier's path.
    """

    module: str
    size: tuple[int, int]
    least: int
    width: int
    parameters: tuple[int, int]
    buffer_bytes: int
    drop: str
    pool: str | None
    stages: tuple[Stage, ...]


@dataclass(frozen=True)
class Catalogue:
    """A library's networks at one version; `others` are names of which nothing more is known."""

    version: str
    networks: dict[str, Network]
    others: frozenset[str]


@cache
def pytorchcv_catalogue() -> Catalogue:
    """The networks of pytorchcv, by name."""
    from importlib.resources import files

    from pydantic import TypeAdapter  # a check of other backbones must not wait for it

    text = files("clspec.catalogue").joinpath("pytorchcv.json").read_text("utf-8")
    return TypeAdapter(Catalogue).validate_json(text)
