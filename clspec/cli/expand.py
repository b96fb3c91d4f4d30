"""`clspec expand`."""

from __future__ import annotations

import click

from clspec.cli.options import keep_spec, output_option, report, write
from clspec.cli.paths import read_source
from clspec.diagnostics import SpecError


@click.command("expand")
@click.argument("spec", metavar="SPEC|-", type=click.Path())
@output_option
def command(spec: str, output: str) -> int:
    """Write SPEC out in full: every argument at its default, and above each part the rules that it brings.

    What comes out means what went in, and is a spec itself; the files that it uses stay as they are.

    \b
    Examples:
      clspec expand specs/tutorial/multi_head_classifier.clspec
      clspec init | clspec expand -
    """
    from clspec import driver

    keep_spec(spec, output)
    try:
        text = driver.expand(*read_source(spec))
    except SpecError as error:
        return report(error)
    write(output, text)
    return 0
