"""`clspec render`."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from clspec.cli.options import Asked, keep_spec, model_options, named_output, stream_option
from clspec.cli.pictures import at_option, depth_option, drawn, expand_option
from clspec.diagrams.options import DIRECTIONS, FORMATS, SUFFIXES, THEMES, Format
from clspec.diagrams.views import VIEWS


@click.command("render")
@model_options
@click.option(
    "-o", "--output", metavar="FILE|-", default="-", callback=named_output,
    help="Where to write it, as its suffix says; default: standard output.",
)  # fmt: skip
@click.option(
    "--format", "picture_format", type=click.Choice(FORMATS),
    help="Default: by the suffix of FILE, and dot on standard output.",
)  # fmt: skip
@click.option(
    "--view", type=click.Choice(VIEWS), default=VIEWS[0], show_default=True,
    help="architecture: the model as it is; adaptation: what its rules do; evolution: the model over a stream.",
)  # fmt: skip
@stream_option
@at_option
@depth_option
@expand_option
@click.option(
    "--direction", type=click.Choice(DIRECTIONS), default=DIRECTIONS[0], show_default=True,
    help="LR: left to right; TB: from top to bottom; auto: as it fits a README.",
)  # fmt: skip
@click.option(
    "--theme", type=click.Choice(THEMES), default=THEMES[0], show_default=True,
    help="auto: light, and an SVG is dark where its reader prefers that; print: in shades of grey.",
)  # fmt: skip
@click.option("--legend/--no-legend", default=True, show_default=True, help="What states and class cells mean.")
@click.option("--open", "opens", is_flag=True, help="Open FILE once it is written.")
def command(asked: Asked, output: str, picture_format: Format | None, opens: bool, **how: Any) -> int:
    """Draw the model of SPEC, or of a checkpoint (.safetensors) as it has grown.

    Images and html need an engine: `pip install clspec[diagram]`, or Graphviz's `dot`. Without one the .dot is written.
    Mermaid (.mmd) and text (.txt) need none.

    html is one file to open in a browser, without a network: all three views, opened on --view, with zoom, a slider
    over the stream's experiences, and the spec beside the picture.

    \b
    Examples:
      clspec render specs/tutorial/incremental_classifier.clspec -o model.svg
      clspec render model.clspec --view evolution -o evolution.svg
      clspec render model.clspec -o model.html --open
      clspec render model.clspec --format mermaid
      clspec render model.clspec -o model.png --theme dark --direction TB --open
    """
    from clspec.diagrams.render import EngineError, NoEngineError

    if picture_format is None and output != "-" and Path(output).suffix.lower() not in SUFFIXES:
        endings = ", ".join(SUFFIXES)
        raise click.BadParameter(f'"{output}" must end in one of {endings}, or name a --format', param_hint="--output")
    if opens and output == "-":
        raise click.BadParameter("there is no file to open: name one with --output", param_hint="--open")
    keep_spec(asked.spec, output)
    diagram = drawn(asked, **how)
    try:
        if output == "-":
            click.echo(diagram.data(picture_format or "dot"), nl=False)
        else:
            diagram.save(output, picture_format)
    except (NoEngineError, EngineError) as error:
        click.echo(str(error), err=True)
        return 3
    except OSError as error:
        if output == "-":
            raise
        raise click.ClickException(f'cannot write "{output}": {(error.strerror or str(error)).lower()}') from None
    if opens:
        click.launch(output)
    return 0
