"""What the commands that draw share: their options, and the model that they draw."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from clspec.cli import offers
from clspec.cli.options import Asked
from clspec.cli.two_specs import AskedTwo, usage_errors
from clspec.files import is_checkpoint

if TYPE_CHECKING:
    from clspec.checkpoint_file import Contents
    from clspec.diagrams.render import Diagram

at_option = click.option(
    "--at", type=int, metavar="N",
    help="The model while it learns experience N (from 0), and its evolution as far as that; html opens there.",
)  # fmt: skip
DIFF = "diff"
"""The view of two specs."""
depth_option = click.option("--depth", type=int, metavar="N", help="How many levels of nesting to show; default: all.")
expand_option = click.option(
    "--expand", metavar="PATH", multiple=True, shell_complete=offers.parts,
    help="Show this part open whatever its level, and what is in it one by one. May be repeated.",
)  # fmt: skip


def drawn(asked: Asked, model: Any = None, **how: Any) -> Diagram:
    """The picture that `clspec.render` makes of the spec or checkpoint that is asked for; `model`: one opened already.

    Raises SpecError, and ClickException for wrong usage and for a checkpoint that cannot be read.
    """
    from clspec import driver

    named = {"model": asked.model, "params": asked.params}
    with usage_errors():
        if is_checkpoint(asked.spec):
            return driver.render(model or grown(asked), **named, allow_imports=asked.allow_imports, **how)
        return driver.render(asked.text(), **named, allow_imports=asked.allow_imports, allow_use=asked.allow_use, **how)


def drawn_difference(
    asked: Asked, new: str, old_model: str | None, at: int | None, stream: str | None, **how: Any
) -> Diagram:
    """The picture of what changed from the spec that is asked for to another. Raises as `drawn` does."""
    given = (asked.model, old_model, asked.params, asked.allow_imports, asked.allow_use, asked.output_format)
    with usage_errors():
        return AskedTwo(asked.spec, new, *given).compared(at, stream).render(**how)


def grown(asked: Asked) -> Any:
    """The model of the checkpoint that is asked for. Raises ClickException where it cannot be read."""
    return opened(asked)[1]


def opened(asked: Asked) -> tuple[Contents, Any]:
    """What the checkpoint that is asked for says, and its model. Raises ClickException where it cannot be read."""
    from clspec.checkpoint import load_model
    from clspec.checkpoint_file import read_contents

    with usage_errors():
        return read_contents(asked.spec), load_model(asked.spec, asked.allow_imports)
