"""`clspec explain`."""

from __future__ import annotations

import re

import click

from clspec.analyses.evaluate import Constant
from clspec.cli import offers
from clspec.cli.options import (
    Asked,
    allow_import_option,
    allow_use_option,
    format_option,
    model_option,
    report,
    set_option,
    stream_option,
)
from clspec.diagnostics import SpecError

_CODE = re.compile(r"CL\d*", re.IGNORECASE)


@click.command("explain")
@click.argument("what", metavar="[SPEC|CODE]", required=False, shell_complete=offers.specs_and_codes)
@model_option
@set_option
@stream_option
@allow_import_option
@allow_use_option
@format_option
def command(
    what: str | None,
    model: str | None,
    params: dict[str, Constant],
    stream: str | None,
    allow_imports: tuple[str, ...],
    allow_use: tuple[str, ...],
    output_format: str,
) -> int:
    """Explain a model in prose, or a finding by its CODE.

    Of a model: what it is, what grows when, what is frozen, and what it costs at the end of its streams. A file
    with several models that no other uses is explained model by model. Of a code: what it means, a spec that has it and
    one that has not; without SPEC and CODE, all codes with a word each.

    \b
    Examples:
      clspec explain specs/two_heads.clspec
      clspec explain model.clspec --stream 'split(classes=100, experiences=10)'
      clspec explain CL112
    """
    if what is None or _CODE.fullmatch(what):
        return _code(what)
    asked = Asked(what, model, params, allow_imports, allow_use, output_format)
    try:
        click.echo("\n\n\n".join(_models(asked, stream)))
    except SpecError as error:
        return report(error.diagnostics, output_format)
    return 0


def _models(asked: Asked, stream: str | None) -> list[str]:
    """Each model of a file that no other uses, or the one that is asked for."""
    from clspec import driver
    from clspec.analyses.models import root_models
    from clspec.forecast import forecast
    from clspec.prose import explain

    spec = driver.parse(asked.text(), asked.allow_use)
    names = [asked.model] if asked.model else [each.name.text for each in root_models(spec)] or [None]
    told: list[str] = []
    for name in names:
        analysis = driver.analyse(spec, name, asked.params, asked.allow_imports)
        streams = [stream] if stream else [each.name.text for each in spec.streams]
        told.append(
            explain(analysis, {each: forecast(analysis, driver.experiences(analysis, each)) for each in streams})
        )
    return told


def _code(code: str | None) -> int:
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
