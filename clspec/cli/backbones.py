"""`clspec backbones`."""

from __future__ import annotations

import sys
from fnmatch import fnmatchcase
from shutil import get_terminal_size
from typing import TYPE_CHECKING

import click

from clspec.cli import offers

if TYPE_CHECKING:
    from clspec.catalogue import Network

MOST_TAPS = 8


@click.command("backbones")
@click.argument("pattern", required=False, shell_complete=offers.networks)
def command(pattern: str | None) -> int:
    """List what `pytorchcv(NAME)` can build: input size, width, parameters (three channels) and taps.

    PATTERN is a part of the name, or a whole one with * and ?. Other inputs are written in the spec: most networks take
    any number of channels and images of many sizes.

    \b
    Examples:
      clspec backbones cifar10
      clspec backbones 'resnet*'
    """
    from clspec.catalogue import pytorchcv_catalogue
    from clspec.diagnostics import nearest_networks

    catalogue = pytorchcv_catalogue()
    names = [name for name in catalogue.names if _matches(name, pattern)]
    if not names:
        help = nearest_networks(pattern or "", catalogue.names) or "`clspec backbones` lists all"
        raise click.BadParameter(f'no network has "{pattern}" in its name; {help}', param_hint="PATTERN")
    rows = [("name", "input", "width", "parameters", ["taps"])]
    rows += [_row(name, network) for name in names if (network := catalogue.network(name)) is not None]
    widths = [max(len(row[column]) for row in rows) for column in range(4)]
    room = get_terminal_size().columns - sum(widths) - 2 * len(widths) if sys.stdout.isatty() else None
    for name, size, *numbers, taps in rows:
        cells = (f"{cell:>{width}}" for cell, width in zip(numbers, widths[2:], strict=True))
        click.echo("  ".join([f"{name:<{widths[0]}}", f"{size:<{widths[1]}}", *cells, _listed(taps, room)]).rstrip())
    return 0


def _matches(name: str, pattern: str | None) -> bool:
    if pattern is None:
        return True
    return fnmatchcase(name, pattern) if set(pattern) & set("*?[") else pattern in name


def _row(name: str, network: Network) -> tuple[str, str, str, str, list[str]]:
    channels = network.channels or 3
    taps = [stage.path.removeprefix("features.") for stage in network.stages if stage.shape and len(stage.shape) > 1]
    parameters = network.parameters + (network.per_channel or 0) * channels
    return name, f"{channels}×{network.size[0]}×{network.size[1]}", str(network.width), f"{parameters:,}", taps


def _listed(taps: list[str], room: int | None) -> str:
    """The first taps, as many as are worth a look and as a terminal has room for: rows that wrap are hard to read."""
    texts = [", ".join([*taps[:many], *(["..."] if many < len(taps) else [])]) for many in range(MOST_TAPS + 1)]
    return next((text for text in reversed(texts) if room is None or len(text) <= room), "")
