"""What is known of library networks without importing them: widths, parameters, input sizes (`make catalogue`)."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache, cached_property
from typing import Any

KEYS = ("module", "channels", "size", "least", "step", "width", "parameters", "per_channel", "buffer_bytes", "drop",
        "pool", "pool_size", "weights")  # fmt: skip
"""The fields of a Network in the order of its row; its stages follow."""


@dataclass(frozen=True)
class Unit:
    """A child of a stage; what is said of it means what it means of a stage."""

    name: str
    parameters: int
    per_channel: int
    shape: tuple[int, ...] | None


@dataclass(frozen=True)
class Stage:
    """A part of a network that rules and taps may name: a child of `features`, or another child of the network.

    `shape` is what it gives at the network's native input size, None where that is no single tensor. `units` are its
    children, () where it is no stage or where their parameters do not add up to its own. `parameters` are a fixed
    number and `per_channel` for every input channel.
    With `per_channel` None they are those of three channels, and others have to be counted.
    """

    path: str
    units: tuple[Unit, ...]
    parameters: int
    per_channel: int | None
    shape: tuple[int, ...] | None

    def row(self) -> list[Any]:
        """The stage as the catalogue holds it: units that follow each other and are alike stand together."""
        runs: list[tuple[list[str], list[Any]]] = []
        for unit in self.units:
            said = [unit.parameters, unit.per_channel, unit.shape]
            if runs and runs[-1][1] == said:
                runs[-1][0].append(unit.name)
            else:
                runs.append(([unit.name], said))
        units = [[names, *said] for names, said in runs]
        return [self.path, units, self.parameters, self.per_channel, self.shape]

    @classmethod
    def of_row(cls, path: str, units: list[Any], parameters: int, per_channel: int | None, shape: Any) -> Stage:
        found = tuple(
            Unit(name, own, each, None if gives is None else tuple(gives))
            for names, own, each, gives in units
            for name in names
        )
        return cls(path, found, parameters, per_channel, None if shape is None else tuple(shape))


@dataclass(frozen=True)
class Network:
    """One image-classification network of a library, its classifier dropped.

    `channels` are the input channels it can be built with, None: any number. `size` is its native height and width;
    it takes every image of at least `least` by `least` whose sides are multiples of `step`. With `least` None only the
    native size is known, others have to be tried. `parameters` are a fixed number and `per_channel` for every input
    channel, as of a stage. `drop` is the classifier's path, `pool` that of a fixed pool which is made adaptive,
    `pool_size` the side of what it gives. `weights` names the published ones as the library does (`0597-9b0024ac`),
    None: there are none.
    """

    module: str
    channels: int | None
    size: tuple[int, int]
    least: int | None
    step: int
    width: int
    parameters: int
    per_channel: int | None
    buffer_bytes: int
    drop: str
    pool: str | None
    pool_size: int
    weights: str | None
    stages: tuple[Stage, ...]

    def row(self) -> list[Any]:
        """The network as the catalogue holds it."""
        return [*(getattr(self, key) for key in KEYS), [stage.row() for stage in self.stages]]

    @classmethod
    def of_row(cls, row: list[Any]) -> Network:
        values: dict[str, Any] = dict(zip(KEYS, row, strict=False))
        values["size"] = tuple(values["size"])
        values["stages"] = tuple(Stage.of_row(*each) for each in row[len(KEYS)])
        return cls(**values)


@dataclass(frozen=True)
class Catalogue:
    """A library's networks at one version, a line each; a line is read when its network is asked for.

    `others` are names of networks that classify no images, with what they do instead.
    """

    version: str
    others: Mapping[str, str]
    lines: Mapping[str, str]

    @cached_property
    def names(self) -> tuple[str, ...]:
        return tuple(self.lines)

    def network(self, name: str) -> Network | None:
        line = self.lines.get(name)
        return None if line is None else Network.of_row(json.loads(line))

    def text(self) -> str:
        """The catalogue as a file: JSON in which every network has a line of its own."""
        head = f'{{"version": {json.dumps(self.version)},\n"others": {json.dumps(self.others)},\n"networks": {{\n'
        return head + ",\n".join(f"{json.dumps(name)}: {line}" for name, line in self.lines.items()) + "\n}}\n"

    @classmethod
    def of_text(cls, text: str) -> Catalogue:
        version, others, _, *rows = text.split("\n")
        pairs = (row.rstrip(",").split(": ", 1) for row in rows if row.startswith('"'))
        head = json.loads(version + others.rstrip(",") + "}")
        return cls(head["version"], head["others"], {name[1:-1]: line for name, line in pairs})


def line_of(network: Network) -> str:
    return json.dumps(network.row(), separators=(",", ":"))


@cache
def pytorchcv_catalogue() -> Catalogue:
    """The networks of pytorchcv, by name."""
    from importlib.resources import files

    return Catalogue.of_text(files("clspec.catalogue").joinpath("pytorchcv.json").read_text("utf-8"))
