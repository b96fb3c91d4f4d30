"""`clspec check`."""

from __future__ import annotations

import click

from clspec.analyses.evaluate import Scalar
from clspec.cli.options import allow_import_option, model_option, set_option
from clspec.cli.paths import STANDARD_INPUT, read_source, spec_files
from clspec.diagnostics import Diagnostic, SpecError, render_concise, render_full, render_github, render_json

_RENDERERS = {"full": render_full, "concise": render_concise, "json": render_json, "github": render_github}


@click.command("check")
@click.argument("specs", metavar="SPEC|DIRECTORY|-...", nargs=-1, required=True, type=click.Path())
@model_option
@set_option
@allow_import_option
@click.option(
    "--output-format", type=click.Choice(["full", "concise", "json", "github"]), default="full", show_default=True,
    help="full: with source lines and hints; concise: a line each; json: for tools; github: notes on a pull request.",
)  # fmt: skip
def command(
    specs: tuple[str, ...],
    model: str | None,
    params: dict[str, Scalar],
    allow_imports: tuple[str, ...],
    output_format: str,
) -> int:
    """Check specs and print every finding: names, arguments, shapes and rules, all in one run.

    A directory stands for the specs below it (YAML files that say so by a key `clspec`), `-` for standard input.

    \b
    Examples:
      clspec check specs/tutorial/incremental_classifier.clspec
      clspec check --output-format json *.clspec
    """
    from clspec import driver

    files = spec_files(specs, yaml=True)
    if not files:
        raise click.ClickException(f"no specs in {', '.join(specs)}")
    found: list[Diagnostic] = []
    for path in files:
        check = _check_input if path == STANDARD_INPUT else driver.check
        found += check(path, model, params, allow_imports)
    if found or output_format == "json":
        click.echo(_RENDERERS[output_format](found))
    elif output_format != "github":
        click.echo(f"{files[0]}: fine" if len(files) == 1 else f"{len(files)} specs: all fine")
    errors = sum(diagnostic.severity == "error" for diagnostic in found)
    if errors and output_format == "full":
        click.echo(f"\n{errors} error{'s' if errors > 1 else ''}")
    return 1 if errors else 0


def _check_input(
    path: str, model: str | None, params: dict[str, Scalar], allow_imports: tuple[str, ...]
) -> list[Diagnostic]:
    from clspec import driver

    try:
        return driver.check_source(*read_source(path), model, params, allow_imports)
    except SpecError as error:
        return error.diagnostics
