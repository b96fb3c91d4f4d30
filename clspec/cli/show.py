"""`clspec show`."""

from __future__ import annotations

from typing import Any

import click

from clspec.cli.options import Asked, model_options, stream_option
from clspec.cli.pictures import at_option, depth_option, drawn, expand_option, opened
from clspec.files import is_checkpoint


@click.command("show")
@model_options
@stream_option
@at_option
@depth_option
@expand_option
def command(asked: Asked, **how: Any) -> int:
    """Print the model of SPEC as a tree: its parts with their shapes, parameters, states and rules.

    SPEC may be a checkpoint (.safetensors), whose model is shown as it has grown, with the spec in it, what it has met
    and grown, and which class sits in which row.

    \b
    Examples:
      clspec show specs/tutorial/nested_modules.clspec
      clspec show model.clspec --at 3 --depth 1
    """
    if not is_checkpoint(asked.spec):
        click.echo(drawn(asked, **how).text, nl=False)
        return 0
    contents, model = opened(asked)
    from clspec.checkpoint_story import tell_story

    click.echo(drawn(asked, model, **how).text)
    click.echo(tell_story(contents, model))
    return 0
