"""`clspec convert`."""

from __future__ import annotations

from collections.abc import Sequence

import click

from clspec.cli.options import format_option, keep_spec, output_option, report, spec_argument, write
from clspec.cli.paths import read_source
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
    from clspec.syntax.convert import convert

    keep_spec(spec, output)
    try:
        source, syntax = read_source(spec)
        text = convert(source, syntax, _argument_names)
    except SpecError as error:
        return report(error.diagnostics, output_format)
    write(output, text)
    return 0


def _argument_names(kind: str) -> Sequence[str] | None:
    from clspec.reference import kinds

    known = kinds().get(kind)
    return [argument.name for argument in known.arguments] if known else None
