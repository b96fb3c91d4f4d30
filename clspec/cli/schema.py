"""`clspec schema`."""

from __future__ import annotations

import click

from clspec.cli.options import output_option, write


@click.command("schema")
@output_option
def command(output: str) -> int:
    """Print the JSON Schema (draft 7) of the YAML form, for editors that complete and check while you type.

    The same file lies in the repository as grammar/clspec.schema.json.
    """
    from clspec.schema import schema_text

    write(output, schema_text())
    return 0
