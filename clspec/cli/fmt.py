"""`clspec fmt`."""

from __future__ import annotations

import difflib

import click

from clspec.cli.options import format_option, named_files, report, write
from clspec.cli.paths import STANDARD_INPUT, shown, spec_files, spec_text
from clspec.diagnostics import Diagnostic, SpecError
from clspec.reading import text_of


@click.command("fmt")
@click.argument("paths", metavar="[PATH|-]...", nargs=-1, type=click.Path(), callback=named_files)
@click.option("--check", is_flag=True, help="Write nothing; exit with 1 where a file would change.")
@click.option("--diff", is_flag=True, help="Write nothing; print what would change, and exit with 1 where it is any.")
@format_option
def command(paths: tuple[str, ...], check: bool, diff: bool, output_format: str) -> int:
    """Rewrite specs in the one canonical style, every comment kept. Without a path: all below this directory.

    Directories stand for the .clspec files below them, `-` for standard input (the result goes to standard output);
    YAML specs are named one by one.
    What a spec means never changes, and a spec need not check to be formatted: it has to parse.

    \b
    Examples:
      clspec fmt specs/
      clspec fmt --check --diff model.clspec
    """
    files = spec_files(paths or (".",), yaml=False)
    if not files:
        click.echo(f"no .clspec files in {', '.join(paths or ('.',))}", err=True)
    found: list[Diagnostic] = []
    changed = [path for path in files if _format(path, check or diff, diff, found)]
    if found:
        report(found, output_format)
    if files and (changed or not found):
        _summary(files, changed, written=not (check or diff), findings=check and not diff)
    return 1 if found or (changed and (check or diff)) else 0


def _format(path: str, dry: bool, diff: bool, found: list[Diagnostic]) -> bool:
    """Formats one file; whether it changed, or would."""
    from clspec.syntax.format import format_text

    try:
        source, syntax = text_of(spec_text(path))
        text = format_text(source, syntax)
    except SpecError as error:
        found += error.diagnostics
        return False
    changed = text != source.text
    if diff and changed:
        click.echo(_diff(source.text, text, source.name), nl=False)
    if not dry and (changed or path == STANDARD_INPUT):
        write(path, text)
    return changed


def _diff(before: str, after: str, name: str) -> str:
    lines = difflib.unified_diff(
        before.splitlines(keepends=True), after.splitlines(keepends=True), name, f"{name} (formatted)"
    )
    return "".join(line if line.endswith("\n") else f"{line}\n\\ No newline at end of file\n" for line in lines)


def _summary(files: list[str], changed: list[str], *, written: bool, findings: bool) -> None:
    """What was done, on standard error where standard output may be a spec or a diff; what would be is a finding."""
    done = "formatted" if written else "would change"
    for path in changed:
        if path != STANDARD_INPUT or not written:
            click.echo(f"{done}: {shown(path)}", err=not findings)
    if not changed and STANDARD_INPUT not in files:
        count = "1 file" if len(files) == 1 else f"{len(files)} files"
        click.echo(f"{count}: nothing to change", err=True)
