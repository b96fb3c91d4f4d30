"""What is known of library networks without importing them: widths, parameters, input sizes (`make catalogue`)."""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any


@dataclass(frozen=True)
class Stage:
    """A direct child of a network's `features`; `shape` is what it gives at the network's native input size."""

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


@cache
def _pytorchcv() -> dict[str, Any]:
    return json.loads(files(__package__).joinpath("pytorchcv.json").read_text("utf-8"))


@cache
def pytorchcv_networks() -> dict[str, Network]:
    """The networks whose sizes are known, by name."""
    return {name: _network(row) for name, row in _pytorchcv()["networks"].items()}


@cache
def pytorchcv_others() -> frozenset[str]:
    """Names of pytorchcv that the catalogue knows by name only."""
    return frozenset(_pytorchcv()["others"])


def _network(row: dict[str, Any]) -> Network:
    stages = tuple(Stage(s["name"], s["units"], s["parameters"], tuple(s["shape"])) for s in row["stages"])
    return Network(
        **{
            **row,
            "size": tuple(row["size"]),
            "parameters": tuple(row["parameters"]),
            "stages": stages,
        }
    )
