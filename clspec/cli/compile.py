"""`clspec compile`."""

from __future__ import annotations

import warnings
from typing import TYPE_CHECKING, Literal

import click

from clspec.analyses.evaluate import Scalar
from clspec.cli.options import format_option, keep_spec, model_options, output_option, parse_weights, report, write
from clspec.cli.paths import spec_text
from clspec.diagnostics import SpecError, SpecWarning

if TYPE_CHECKING:
    from clspec.codegen.targets import TargetName

Emitted = Literal["document", "ir", "shapes", "plan", "source"]


@click.command("compile")
@model_options
@output_option
@click.option(
    "--emit", "emitted", type=click.Choice(["document", "ir", "shapes", "plan", "source"]), default="source",
    show_default=True, help="Stop after a stage: the text as a tree, its meaning as JSON, shapes, plan, or the module.",
)  # fmt: skip
@click.option(
    "--target", type=click.Choice(["torch", "avalanche"]), default="torch", show_default=True,
    help="Whose strategies train it: torch is a loop of your own.",
)  # fmt: skip
@click.option("--seed", type=int, metavar="N", help="Draw all weights from this seed, those of grown rows too.")
@click.option(
    "--standalone",
    is_flag=True,
    help="Write all that it uses of clspec into it: it needs torch and its backbones' libraries.",
)
@click.option(
    "--weights", metavar="PART=FILE", multiple=True, callback=parse_weights,
    help="Let the module read the weights of a part from this file when it is built. May be repeated.",
)  # fmt: skip
@format_option
def command(
    spec: str,
    model: str | None,
    params: dict[str, Scalar],
    allow_imports: tuple[str, ...],
    allow_use: tuple[str, ...],
    output: str,
    emitted: Emitted,
    target: TargetName,
    seed: int | None,
    standalone: bool,
    weights: dict[str, str],
    output_format: str,
) -> int:
    """Write the torch module that SPEC describes: readable Python, the same bytes each time.

    \b
    Examples:
      clspec compile specs/tutorial/incremental_classifier.clspec -o model.py
      clspec compile two_heads.clspec --model TwoHeads --set width=128
      clspec compile two_heads.clspec --emit shapes
      clspec compile two_heads.clspec --weights trunk=resnet20.pth -o model.py
    """
    from clspec import driver

    if emitted != "source" and (standalone or weights or seed is not None or target != "torch"):
        raise click.UsageError("--target, --seed, --standalone and --weights go with --emit source")
    if emitted in ("document", "ir") and (model is not None or params):
        raise click.UsageError(f"--model and --set choose one model: --emit {emitted} shows the whole file")
    keep_spec(spec, output)
    told: list[warnings.WarningMessage] = []
    try:
        if emitted == "source":
            leave = (allow_imports, allow_use)
            with warnings.catch_warnings(record=True) as told:
                warnings.simplefilter("always", SpecWarning)
                text = driver.emit(spec_text(spec), model, target, standalone, params, seed, weights, *leave)
        else:
            text = driver.show(spec_text(spec), emitted, model, params, allow_imports, allow_use)
    except SpecError as error:
        return report(error.diagnostics, output_format)
    for warning in told:
        click.echo(warning.message, err=True)  # standard output may be where the module goes
    write(output, text)
    return 0
