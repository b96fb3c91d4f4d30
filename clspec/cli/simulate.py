"""`clspec simulate`."""

from __future__ import annotations

import json

import click

from clspec.analyses.evaluate import Scalar
from clspec.cli.options import format_option, model_options, report, stream_option
from clspec.cli.paths import spec_text
from clspec.diagnostics import SpecError


@click.command("simulate")
@model_options
@stream_option
@click.option("--json", "as_json", is_flag=True, help="Print a JSON object instead of a table.")
@format_option
def command(
    spec: str,
    model: str | None,
    params: dict[str, Scalar],
    allow_imports: tuple[str, ...],
    allow_use: tuple[str, ...],
    stream: str | None,
    as_json: bool,
    output_format: str,
) -> int:
    """Forecast the model of SPEC over a stream, without torch: what grows, how wide, how many parameters.

    \b
    Examples:
      clspec simulate specs/tutorial/incremental_classifier.clspec
      clspec simulate model.clspec --stream 'split(classes=100, experiences=10)'
    """
    from clspec import driver

    try:
        table = driver.simulate(spec_text(spec), stream, model, params, allow_imports, allow_use)
    except SpecError as error:
        return report(error.diagnostics, output_format)
    click.echo(json.dumps(table.to_dict(), indent=2) if as_json else str(table))
    return 0
