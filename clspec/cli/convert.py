"""`clspec convert`."""

from __future__ import annotations

import click

from clspec.cli.options import format_option, keep_spec, keep_syntax, output_option, report, spec_argument, write
from clspec.cli.paths import spec_text
from clspec.diagnostics import SpecError


@click.command("convert")
@spec_argument
@output_option
@format_option
def command(spec: str, output: str, output_format: str) -> int:
    """Write a .clspec file as YAML, or a YAML spec as .clspec: the same spec, its comments kept.

    The syntax of standard input (`-`) is told by its first line: `clspec 1` or `clspec: 1`.

    \b
    Examples:
      clspec convert model.clspec -o model.yaml
      clspec convert model.yaml
    """
    from clspec import rewriting

    keep_spec(spec, output)
    keep_syntax(spec, output)
    try:
        text = rewriting.convert(spec_text(spec))
    except SpecError as error:
        return report(error.diagnostics, output_format)
    write(output, text)
    return 0
