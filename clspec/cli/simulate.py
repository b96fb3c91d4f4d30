"""`clspec simulate`."""

from __future__ import annotations

import json

import click

from clspec.cli.options import Asked, model_options, stream_option
from clspec.cli.progress import watched

_MOST_LISTED = 10_000_000
"""Class ids in one JSON text."""


@click.command("simulate")
@model_options
@stream_option
@click.option("--json", "as_json", is_flag=True, help="Print a JSON object instead of a table.")
def command(asked: Asked, stream: str | None, as_json: bool) -> int:
    """Forecast the model of SPEC over a stream, without torch: what grows, how wide, how many parameters.

    \b
    Examples:
      clspec simulate specs/tutorial/incremental_classifier.clspec
      clspec simulate model.clspec --stream 'split(classes=100, experiences=10)'
    """
    from clspec import driver
    from clspec.forecast import forecast

    analysis = driver.analyse(asked.text(), asked.model, asked.params, *asked.leave)
    with watched(driver.experiences(analysis, stream), "experiences") as experiences:
        table = forecast(analysis, experiences)
    listed = sum(len(row.classes) for row in table.rows)
    if as_json and listed > _MOST_LISTED:
        raise click.UsageError(f"--json lists every class, and {listed:,} are too many: at most {_MOST_LISTED:,}")
    click.echo(json.dumps(table.to_dict(), indent=2) if as_json else str(table))
    return 0
