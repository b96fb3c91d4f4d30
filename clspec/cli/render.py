"""`clspec render`."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from clspec.cli.options import Asked, keep_spec, model_options, picture_option, stream_option, write

if TYPE_CHECKING:
    from clspec.driver import View


@click.command("render")
@model_options
@picture_option
@click.option(
    "--view", type=click.Choice(["architecture", "evolution"]), default="architecture", show_default=True,
    help="architecture: the model as it is; evolution: a filmstrip of the model over a stream.",
)  # fmt: skip
@stream_option
@click.option("--at", type=int, metavar="N", help="The architecture as it is while it learns experience N (from 0).")
def command(asked: Asked, output: str, view: View, stream: str | None, at: int | None) -> int:
    """Draw the model of SPEC.

    Needs an engine for images: `pip install clspec[diagram]`, or Graphviz's `dot`. Without one the .dot is written.

    \b
    Examples:
      clspec render specs/tutorial/incremental_classifier.clspec -o model.svg
      clspec render model.clspec --view evolution -o evolution.svg
    """
    from clspec import driver
    from clspec.diagrams.render import EngineError, NoEngineError

    if output != "-" and not output.lower().endswith((".svg", ".png", ".pdf", ".dot")):
        raise click.BadParameter(f'"{output}" must end in .svg, .png, .pdf or .dot', param_hint="--output")
    keep_spec(asked.spec, output)
    try:
        diagram = driver.render(asked.text(), view, stream, at, asked.model, asked.params, *asked.leave)
    except ValueError as error:
        raise click.ClickException(str(error)) from None
    if output == "-":
        write("-", diagram.source)
        return 0
    try:
        diagram.save(output)
    except (NoEngineError, EngineError) as error:
        click.echo(str(error), err=True)
        return 3
    except OSError as error:
        raise click.ClickException(f'cannot write "{output}": {(error.strerror or str(error)).lower()}') from None
    return 0
