"""What the commands that draw share: their options, and the model that they draw."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from clspec.cli.options import Asked

if TYPE_CHECKING:
    from clspec.diagrams.render import Diagram

CHECKPOINT = ".safetensors"
"""The suffix of a file that holds a model as it has grown, with its spec."""

at_option = click.option(
    "--at", type=int, metavar="N",
    help="The model while it learns experience N (from 0), and its evolution as far as that; html opens there.",
)  # fmt: skip
depth_option = click.option("--depth", type=int, metavar="N", help="How many levels of nesting to show; default: all.")
expand_option = click.option(
    "--expand", metavar="PATH", multiple=True,
    help="Show this part open whatever its level, and what is in it one by one. May be repeated.",
)  # fmt: skip


def drawn(asked: Asked, **how: Any) -> Diagram:
    """The picture that `clspec.render` makes of the spec or checkpoint that is asked for.

    Raises SpecError, and ClickException for wrong usage and for a checkpoint that cannot be read.
    """
    from clspec import driver

    named = {"model": asked.model, "params": asked.params}
    try:
        if Path(asked.spec).suffix.lower() == CHECKPOINT:
            return driver.render(grown(asked), **named, allow_imports=asked.allow_imports, **how)
        return driver.render(asked.text(), **named, allow_imports=asked.allow_imports, allow_use=asked.allow_use, **how)
    except ValueError as error:
        raise click.ClickException(str(error)) from None


def grown(asked: Asked) -> Any:
    """The model of the checkpoint that is asked for. Raises ClickException where it cannot be read, CheckpointError."""
    from clspec.checkpoint import load_model

    try:
        return load_model(asked.spec, asked.allow_imports)
    except OSError as error:
        reason = (error.strerror or str(error)).lower()
        raise click.ClickException(f'cannot read "{asked.spec}": {reason}') from None
