"""`clspec compile`."""

from __future__ import annotations

import click

from clspec.analyses.evaluate import Scalar
from clspec.cli.options import keep_spec, model_options, output_option, parse_weights, report, write
from clspec.diagnostics import SpecError


@click.command("compile")
@model_options
@output_option
@click.option("--seed", type=int, metavar="N", help="Draw all weights from this seed, those of grown rows too.")
@click.option(
    "--weights", metavar="PART=FILE", multiple=True, callback=parse_weights,
    help="Let the module read the weights of a part from this file when it is built. May be repeated.",
)  # fmt: skip
def command(
    spec: str,
    model: str | None,
    params: dict[str, Scalar],
    allow_imports: tuple[str, ...],
    output: str,
    seed: int | None,
    weights: dict[str, str],
) -> int:
    """Write the torch module that SPEC describes: readable Python, the same bytes each time.

    \b
    Examples:
      clspec compile specs/tutorial/incremental_classifier.clspec -o model.py
      clspec compile two_heads.clspec --model TwoHeads --set width=128
      clspec compile two_heads.clspec --weights trunk=resnet20.pth -o model.py
    """
    from clspec import driver

    keep_spec(spec, output)
    try:
        text = driver.emit(spec, model, params=params, seed=seed, weights=weights, allow_imports=allow_imports)
    except SpecError as error:
        return report(error)
    write(output, text)
    return 0
