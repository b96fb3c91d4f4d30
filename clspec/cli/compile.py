"""`clspec compile`."""

from __future__ import annotations

from typing import Literal

import click

from clspec.cli.options import Asked, keep_spec, model_options, output_option, parse_weights, write

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
def command(
    asked: Asked,
    output: str,
    emitted: Emitted,
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

    if emitted != "source" and (standalone or weights or seed is not None):
        raise click.UsageError("--seed, --standalone and --weights go with --emit source")
    if emitted in ("document", "ir") and (asked.model is not None or asked.params):
        raise click.UsageError(f"--model and --set choose one model: --emit {emitted} shows the whole file")
    keep_spec(asked.spec, output)
    if emitted == "source":
        text = driver.emit(asked.text(), asked.model, "torch", standalone, asked.params, seed, weights, *asked.leave)
    else:
        text = driver.show(asked.text(), emitted, asked.model, asked.params, *asked.leave)
    write(output, text)
    return 0
