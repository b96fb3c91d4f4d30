"""`clspec plan`."""

from __future__ import annotations

import click

from clspec.cli.options import Asked, model_options


@click.command("plan")
@model_options
def command(asked: Asked) -> int:
    """Print the adaptation plan of SPEC: each rule with its trigger, its action and the line it comes from.

    Rules that came with a component stand first, in data-flow order; written rules follow, in text order.
    """
    from clspec import driver

    click.echo(str(driver.plan(asked.text(), asked.model, asked.params, *asked.leave)))
    return 0
