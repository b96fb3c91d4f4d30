"""`clspec backbones`."""

from __future__ import annotations

from fnmatch import fnmatchcase
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from clspec.catalogue import Network

MOST_TAPS = 8


@click.command("backbones")
@click.argument("pattern", required=False)
def command(pattern: str | None) -> int:
    """List what `pytorchcv(NAME)` can build: input size, width, parameters (three channels) and taps.

    PATTERN is a part of the name, or a whole one with * and ?.

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
    rows = [("name", "input", "width", "parameters", "taps")]
    rows += [_row(name, network) for name in names if (network := catalogue.network(name)) is not None]
    widths = [max(len(row[column]) for row in rows) for column in range(4)]
    for name, size, *numbers, taps in rows:
        cells = (f"{cell:>{width}}" for cell, width in zip(numbers, widths[2:], strict=True))
        click.echo("  ".join([f"{name:<{widths[0]}}", f"{size:<{widths[1]}}", *cells, taps]).rstrip())
    return 0


def _matches(name: str, pattern: str | None) -> bool:
    if pattern is None:
        return True
    return fnmatchcase(name, pattern) if set(pattern) & set("*?[") else pattern in name


def _row(name: str, network: Network) -> tuple[str, str, str, str, str]:
    channels = network.channels or 3
    taps = [stage.path.removeprefix("features.") for stage in network.stages if stage.shape and len(stage.shape) > 1]
    shown = ", ".join(taps[:MOST_TAPS]) + (", ..." if len(taps) > MOST_TAPS else "")
    parameters = network.parameters + (network.per_channel or 0) * channels
    return name, f"{channels}×{network.size[0]}×{network.size[1]}", str(network.width), f"{parameters:,}", shown
