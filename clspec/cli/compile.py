"""`clspec compile`."""

from __future__ import annotations

import click

from clspec.analyses.evaluate import Scalar
from clspec.cli.options import model_options, report, write
from clspec.diagnostics import SpecError


@click.command("compile")
@model_options
@click.option("-o", "--output", metavar="FILE|-", default="-", help="Where to write it; default: standard output.")
@click.option("--seed", type=int, metavar="N", help="Draw all weights from this seed, those of grown rows too.")
def command(spec: str, model: str | None, params: dict[str, Scalar], output: str, seed: int | None) -> int:
    """Write the torch module that SPEC describes: readable Python, the same bytes each time.

    \b
    Examples:
      clspec compile specs/tutorial/incremental_classifier.clspec -o model.py
      clspec compile two_heads.clspec --model TwoHeads --set width=128
    """
    from clspec import driver

    try:
        text = driver.emit(spec, model, params=params, seed=seed)
    except SpecError as error:
        return report(error)
    write(output, text)
    return 0
