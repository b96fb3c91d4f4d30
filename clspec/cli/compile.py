"""`clspec compile`."""

from __future__ import annotations

import warnings
from pathlib import Path
from typing import TYPE_CHECKING, Literal

import click

from clspec.cli.options import Asked, keep_spec, model_options, output_option, parse_weights, write
from clspec.diagnostics import SpecWarning

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
def command(
    asked: Asked,
    output: str,
    emitted: Emitted,
    target: TargetName,
    seed: int | None,
    standalone: bool,
    weights: dict[str, str],
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
    if emitted in ("document", "ir") and (asked.model is not None or asked.params):
        raise click.UsageError(f"--model and --set choose one model: --emit {emitted} shows the whole file")
    keep_spec(asked.spec, output)
    with warnings.catch_warnings(record=True) as told:
        warnings.simplefilter("always", SpecWarning)
        if emitted == "source":
            spec = asked.text()
            text = driver.emit(spec, asked.model, target, standalone, asked.params, seed, weights, *asked.leave)
            here = {part: file for part, file in weights.items() if Path(file).is_file()}
            if here:  # a file that does not fit is told now, not where the module is built
                driver.compile(spec, asked.model, asked.params, "torch", None, None, None, here, *asked.leave)
        else:
            text = driver.show(asked.text(), emitted, asked.model, asked.params, *asked.leave)
    for warning in told:
        click.echo(warning.message, err=True)  # standard output may be where the module goes
    for part, file in weights.items():
        if not Path(file).is_file():
            message = f"warning: there is no file {file} here; the module reads the weights of {part} when it is built"
            click.echo(message, err=True)
    write(output, text)
    return 0
