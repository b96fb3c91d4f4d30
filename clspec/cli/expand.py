"""`clspec expand`."""

from __future__ import annotations

import click

from clspec.cli.options import (
    allow_import_option,
    allow_use_option,
    format_option,
    keep_spec,
    output_option,
    report,
    spec_argument,
    write,
)
from clspec.cli.paths import spec_text
from clspec.diagnostics import SpecError


@click.command("expand")
@spec_argument
@allow_import_option
@allow_use_option
@output_option
@format_option
def command(
    spec: str, allow_imports: tuple[str, ...], allow_use: tuple[str, ...], output: str, output_format: str
) -> int:
    """Write SPEC out in full: every argument at its default, and above each part the rules that it brings.

    What comes out has the same plan and means what went in, and is a spec itself; the two are not equal as specs,
    because what was left unsaid is said. The files that it uses stay as they are.

    \b
    Examples:
      clspec expand specs/tutorial/multi_head_classifier.clspec
      clspec expand model.yaml -o full.yaml
    """
    from clspec import rewriting

    keep_spec(spec, output)
    try:
        text = rewriting.expand(spec_text(spec), allow_imports, allow_use)
    except SpecError as error:
        return report(error.diagnostics, output_format)
    write(output, text)
    return 0
