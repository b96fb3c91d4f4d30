"""`clspec explain`."""

from __future__ import annotations

import click


@click.command("explain")
@click.argument("code", required=False)
def command(code: str | None) -> int:
    """Explain a finding: what CODE means, why it is one, a spec that has it and one that has not.

    Without a code, all of them with a word each.

    \b
    Example:
      clspec explain CL112
    """
    from clspec.diagnostics import CODES, nearest
    from clspec.shipped import shipped_text

    if code is None:
        click.echo("\n".join(f"{known}  {about}" for known, about in CODES.items()))
        return 0
    if code.upper() not in CODES:
        help = nearest(code.upper(), CODES) or "`clspec explain` lists all"
        raise click.BadParameter(f'there is no code "{code}"; {help}', param_hint="CODE")
    page = f"{code.upper()}.md"
    click.echo(shipped_text(f"errors/{page}", f"docs/errors/{page}"), nl=False)
    return 0
