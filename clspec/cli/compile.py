"""`clspec compile`."""

from __future__ import annotations

import click

from clspec.analyses.evaluate import Scalar
from clspec.cli.options import keep_spec, model_options, output_option, report, write
from clspec.diagnostics import SpecError


@click.command("compile")
@model_options
@output_option
@click.option("--seed", type=int, metavar="N", help="Draw all weights from this seed, those of grown rows too.")
@click.option("--standalone", is_flag=True, help="Write all that it uses of clspec into it: it needs torch alone.")
def command(
    spec: str, model: str | None, params: dict[str, Scalar], output: str, seed: int | None, standalone: bool
) -> int:
    """Write the torch module that SPEC describes: readable Python, the same bytes each time.

    \b
    Examples:
      clspec compile specs/tutorial/incremental_classifier.clspec -o model.py
      clspec compile two_heads.clspec --model TwoHeads --set width=128
    """
    from clspec import driver

    keep_spec(spec, output)
    try:
        text = driver.emit(spec, model, standalone=standalone, params=params, seed=seed)
    except SpecError as error:
        return report(error)
    write(output, text)
    return 0
