"""`clspec render`."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from clspec.cli.options import Asked, keep_spec, model_options, named_other, named_output, stream_option
from clspec.cli.pictures import DIFF, at_option, depth_option, drawn, drawn_difference, expand_option
from clspec.cli.two_specs import old_model_option
from clspec.diagrams.options import DIRECTIONS, FORMATS, SUFFIXES, THEMES, Format
from clspec.diagrams.views import VIEWS


@click.command("render")
@model_options
@click.argument("new", metavar="[NEW]", required=False, type=click.Path(), callback=named_other)
@old_model_option
@click.option(
    "-o", "--output", metavar="FILE|-", default="-", type=click.Path(), callback=named_output,
    help="Where to write it, as its suffix says; default: standard output.",
)  # fmt: skip
@click.option(
    "--format", "picture_format", type=click.Choice(FORMATS),
    help="Default: by the suffix of FILE, and dot on standard output.",
)  # fmt: skip
@click.option(
    "--view", type=click.Choice([*VIEWS, DIFF]), default=VIEWS[0], show_default=True,
    help="architecture: the model as it is; adaptation: what its rules do; evolution: the model over a stream; "
    "diff: what changed from SPEC to NEW.",
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
def command(
    asked: Asked,
    new: str | None,
    old_model: str | None,
    output: str,
    picture_format: Format | None,
    opens: bool,
    view: str,
    **how: Any,
) -> int:
    """Draw the model of SPEC, or of a checkpoint (.safetensors) as it has grown.

    Images and html need an engine: `pip install clspec[diagram]`, or Graphviz's `dot`. Without one the .dot is written.
    Mermaid (.mmd) and text (.txt) need none.

    html is one file to open in a browser, without a network: all three views, opened on --view, with zoom, a slider
    over the stream's experiences, and the spec beside the picture.

    \b
    Examples:
      clspec render specs/tutorial/incremental_classifier.clspec -o model.svg
      clspec render model.clspec --view evolution -o evolution.svg
      clspec render --view diff git:HEAD:model.clspec model.clspec -o changes.svg
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
    for spec in (asked.spec, new or asked.spec):
        keep_spec(spec, output)
    if (view == DIFF) != (new is not None):
        raise click.UsageError(f"--view {DIFF} draws two specs, and nothing else does: OLD NEW --view {DIFF}")
    if new is None and old_model is not None:
        raise click.UsageError(f"--old-model goes with --view {DIFF}")
    diagram = drawn(asked, view=view, **how) if new is None else drawn_difference(asked, new, old_model, **how)
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
