"""`clspec check`."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import NoReturn

import click

from clspec.analyses.evaluate import Constant
from clspec.cli.options import (
    allow_import_option,
    allow_use_option,
    format_option,
    model_option,
    named_files,
    report,
    set_option,
)
from clspec.cli.paths import STANDARD_INPUT, shown, spec_files, spec_text
from clspec.diagnostics import Diagnostic, SpecError


@click.command("check")
@click.argument(
    "specs", metavar="SPEC|DIRECTORY|-...", nargs=-1, required=True, type=click.Path(), callback=named_files
)
@model_option
@set_option
@allow_import_option
@allow_use_option
@format_option
@click.option(
    "--watch", "watches", is_flag=True,
    help="Check again whenever a spec, or a file that it uses, changes; Ctrl-C ends it.",
)  # fmt: skip
def command(
    specs: tuple[str, ...],
    model: str | None,
    params: dict[str, Constant],
    allow_imports: tuple[str, ...],
    allow_use: tuple[str, ...],
    output_format: str,
    watches: bool,
) -> int:
    """Check specs and print every finding: names, arguments, shapes, rules and budgets, all in one run.

    A directory stands for the specs below it (YAML files that say so by a key `clspec`), `-` for standard input.

    \b
    Examples:
      clspec check specs/tutorial/incremental_classifier.clspec
      clspec check --output-format json *.clspec
      clspec check --watch model.clspec
    """
    check = partial(_check_all, specs, model, params, allow_imports, allow_use, output_format)
    if watches:
        _watch(specs, allow_use, check)
    return check()


def _watch(specs: tuple[str, ...], allow_use: tuple[str, ...], check: Callable[[], int]) -> NoReturn:
    from clspec.cli.watching import watch

    if STANDARD_INPUT in specs:
        raise click.BadParameter("standard input does not change; name a file", param_hint="--watch")

    def again() -> None:
        click.clear()  # if it is a terminal
        try:
            check()
        except click.ClickException as error:  # of a folder the last spec may be gone for a while
            error.show()
        click.echo("watching; Ctrl-C ends it", err=True)

    if not spec_files(specs, yaml=True):
        check()
    watch(specs, allow_use, again)


def _check_all(
    specs: tuple[str, ...],
    model: str | None,
    params: dict[str, Constant],
    allow_imports: tuple[str, ...],
    allow_use: tuple[str, ...],
    output_format: str,
) -> int:
    """Checks what the paths name, prints what is found, and returns the exit code."""
    files = spec_files(specs, yaml=True)
    if not files:
        raise click.ClickException(f"no specs in {', '.join(specs)}")
    # What is wrong with a used file is told once, however many use it.
    told = (each for path in files for each in _check(path, model, params, allow_imports, allow_use))
    found = list(dict.fromkeys(told))
    if found or output_format in ("json", "sarif"):
        code = report(found, output_format)
    else:
        code = 0
        if output_format != "github":
            click.echo(f"{shown(files[0])}: fine" if len(files) == 1 else f"{len(files)} specs: all fine")
    errors = sum(diagnostic.severity == "error" for diagnostic in found)
    if errors and output_format == "full":
        click.echo(f"\n{errors} error{'s' if errors > 1 else ''}")
    return code


def _check(
    path: str,
    model: str | None,
    params: dict[str, Constant],
    allow_imports: tuple[str, ...],
    allow_use: tuple[str, ...],
) -> list[Diagnostic]:
    from clspec import driver

    try:
        return driver.check(spec_text(path), model, params, allow_imports, allow_use)
    except SpecError as error:
        return error.diagnostics
