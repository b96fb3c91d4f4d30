"""`clspec components`."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from clspec.cli import offers

if TYPE_CHECKING:
    from clspec.reference import KindReference

_FAMILIES = {
    "input": "Inputs", "backbone": "Backbones", "neck": "Layers and necks", "merge": "Merges", "head": "Heads",
    "stream": "Streams",
}  # fmt: skip


@click.command("components")
@click.argument("kind", required=False, shell_complete=offers.kinds)
def command(kind: str | None) -> int:
    """Print what a spec can be made of: every kind with its arguments, or one KIND in full.

    \b
    Examples:
      clspec components
      clspec components incremental
    """
    from clspec.diagnostics import choices_help
    from clspec.reference import kinds

    if kind is None:
        click.echo(_table())
    elif kind in kinds():
        click.echo(_page(kinds()[kind]))
    else:
        raise click.BadParameter(f'there is no component "{kind}"; {choices_help(kind, kinds())}', param_hint="KIND")
    return 0


def _table() -> str:
    from clspec.reference import kinds

    families: list[str] = []
    for family, title in _FAMILIES.items():
        mine = [kind for kind in kinds().values() if _family(kind) == family]
        families.append("\n".join([title, *(f"  {kind}\n      {kind.summary}{_also(kind)}" for kind in mine)]))
    return "\n\n".join(families)


def _family(kind: KindReference) -> str:
    return "merge" if kind.merges else kind.roles[0] if kind.roles else "stream"


def _also(kind: KindReference) -> str:
    if kind.merges:
        return ""  # what it reads decides where it stands
    return f" (also a {' or a '.join(kind.roles[1:])})" if len(kind.roles) > 1 else ""


def _page(kind: KindReference) -> str:
    lines = [str(kind), kind.summary, ""]
    lines.append(f"stands as:  {', '.join(kind.roles) if kind.roles else 'a stream'}")
    lines += [f"own rule:   {rule}" for rule in kind.own_rules]
    if kind.arguments:
        width = max(len(str(argument)) for argument in kind.arguments)
        lines += ["", "arguments:"]
        lines += [f"  {argument!s:<{width}}  {argument.words}" for argument in kind.arguments]
    if kind.passes_on:
        lines.append("any other by name, a value or a list of values, is passed on")
    return "\n".join(lines)
