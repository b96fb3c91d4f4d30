"""`clspec check`."""

from __future__ import annotations

import click

from clspec.analyses.evaluate import Scalar
from clspec.cli.options import model_option, set_option
from clspec.diagnostics import Diagnostic, render_concise, render_full, render_json


@click.command("check")
@click.argument("specs", metavar="SPEC...", nargs=-1, required=True, type=click.Path())
@model_option
@set_option
@click.option(
    "--output-format", type=click.Choice(["full", "concise", "json"]), default="full", show_default=True,
    help="full: with source lines and hints; concise: one line a finding; json: for tools.",
)  # fmt: skip
def command(specs: tuple[str, ...], model: str | None, params: dict[str, Scalar], output_format: str) -> int:
    """Check specs and print every finding: names, arguments, shapes and rules, all in one run.

    \b
    Examples:
      clspec check specs/tutorial/incremental_classifier.clspec
      clspec check --output-format json *.clspec
    """
    from clspec import driver

    found: list[Diagnostic] = []
    for spec in specs:
        found += driver.check(spec, model, params)
    if output_format == "json":
        click.echo(render_json(found))
    elif found:
        click.echo(render_full(found) if output_format == "full" else render_concise(found))
    if not found and output_format != "json":
        click.echo(f"{specs[0]}: fine" if len(specs) == 1 else f"{len(specs)} specs: all fine")
    errors = sum(diagnostic.severity == "error" for diagnostic in found)
    if errors and output_format == "full":
        click.echo(f"\n{errors} error{'s' if errors > 1 else ''}")
    return 1 if errors else 0
