"""`clspec lsp`."""

from __future__ import annotations

import sys

import click

from clspec.cli.options import allow_import_option, allow_use_option
from clspec.diagnostics import SpecError


@click.command("lsp")
@allow_import_option
@allow_use_option
def command(allow_imports: tuple[str, ...], allow_use: tuple[str, ...]) -> int:
    """Serve an editor: findings while you type, hover, completion, definitions, renaming, formatting, fixes.

    It speaks the language server protocol over standard input and output: editors start it themselves, as
    docs/editors.md says. It needs `pip install "clspec[lsp]"`.
    """
    from clspec.integrations import import_integration

    try:
        import_integration("lsp")
    except SpecError as error:
        raise click.ClickException("\n".join(f"{each.message}; {each.help}" for each in error.diagnostics)) from None
    from clspec.integrations.lsp import serve

    if sys.stdin.isatty():
        click.echo("an editor starts this and talks to it; Ctrl-D ends it", err=True)
    serve(allow_imports, allow_use)
    return 0
