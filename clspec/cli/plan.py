"""`clspec plan`."""

from __future__ import annotations

import click

from clspec.analyses.evaluate import Scalar
from clspec.cli.options import format_option, model_options, report
from clspec.cli.paths import spec_text
from clspec.diagnostics import SpecError


@click.command("plan")
@model_options
@format_option
def command(
    spec: str,
    model: str | None,
    params: dict[str, Scalar],
    allow_imports: tuple[str, ...],
    allow_use: tuple[str, ...],
    output_format: str,
) -> int:
    """Print the adaptation plan of SPEC: each rule with its trigger, its action and the line it comes from.

    Rules that came with a component stand first, in data-flow order; written rules follow, in text order.
    """
    from clspec import driver

    try:
        click.echo(str(driver.plan(spec_text(spec), model, params, allow_imports, allow_use)))
    except SpecError as error:
        return report(error.diagnostics, output_format)
    return 0
