"""`clspec compile`."""

from __future__ import annotations

from typing import Literal

import click

from clspec.analyses.evaluate import Scalar
from clspec.cli.options import format_option, keep_spec, model_options, output_option, parse_weights, report, write
from clspec.cli.paths import spec_text
from clspec.diagnostics import SpecError

Emitted = Literal["document", "ir", "shapes", "plan", "source"]


@click.command("compile")
@model_options
@output_option
@click.option(
    "--emit", "emitted", type=click.Choice(["document", "ir", "shapes", "plan", "source"]), default="source",
    show_default=True, help="Stop after a stage: the text as a tree, its meaning as JSON, shapes, plan, or the module.",
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

    if emitted != "source" and (standalone or weights or seed is not None):
        raise click.UsageError("--seed, --standalone and --weights go with --emit source")
    if emitted in ("document", "ir") and (model is not None or params):
        raise click.UsageError(f"--model and --set choose one model: --emit {emitted} shows the whole file")
    keep_spec(spec, output)
    try:
        if emitted == "source":
            leave = (allow_imports, allow_use)
            text = driver.emit(spec_text(spec), model, "torch", standalone, params, seed, weights, *leave)
        else:
            text = driver.show(spec_text(spec), emitted, model, params, allow_imports, allow_use)
    except SpecError as error:
        return report(error.diagnostics, output_format)
    write(output, text)
    return 0
