"""`clspec export`."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from clspec.cli.options import Asked, keep_spec, model_options
from clspec.cli.pictures import grown
from clspec.files import is_checkpoint

SUFFIXES = (".onnx", ".pt2")


def _exported(_context: click.Context, _option: click.Parameter, value: str) -> str:
    if Path(value).suffix.lower() not in SUFFIXES:
        raise click.BadParameter(f'"{value}" must end in {" or ".join(SUFFIXES)}')
    return value


@click.command("export")
@model_options
@click.option(
    "-o", "--output", metavar="FILE", required=True, callback=_exported,
    help="Where to write it: .onnx, or .pt2 for torch.export.load.",
)  # fmt: skip
@click.option(
    "--task-label", type=int, metavar="N",
    help="Answer for this task alone. Default: a model with parts for each task takes a label a sample.",
)  # fmt: skip
def command(asked: Asked, output: str, task_label: int | None) -> int:
    """Write the model of a checkpoint (.safetensors), as it has grown, for other runtimes.

    A SPEC is exported as it is born. The file answers as the model does in eval mode, to batches of any size; inputs
    and outputs have the spec's names, and which class has which column is in its metadata. ONNX needs
    `pip install clspec[onnx]`, and what onnxruntime makes of the file is compared with the model.

    \b
    Examples:
      clspec export model.safetensors -o model.onnx
      clspec export specs/tutorial/multi_head_classifier.clspec --task-label 0 -o model.pt2
    """
    keep_spec(asked.spec, output)
    model = _model(asked)
    from clspec.integrations.export import export

    try:
        export(model, output, task_label, asked.allow_imports)
    except ValueError as error:
        raise click.BadParameter(str(error), param_hint="--task-label") from None
    except OSError as error:
        raise click.ClickException(f'cannot write "{output}": {(error.strerror or str(error)).lower()}') from None
    return 0


def _model(asked: Asked) -> Any:
    if is_checkpoint(asked.spec):
        if asked.model is not None or asked.params:
            raise click.UsageError("--model and --set choose a model of a spec: a checkpoint holds one")
        try:
            return grown(asked)
        except ValueError as error:
            raise click.ClickException(str(error)) from None
    from clspec import driver

    model = driver.compile(
        asked.text(), asked.model, asked.params, allow_imports=asked.allow_imports, allow_use=asked.allow_use
    )
    click.echo("note: a spec is exported as it is born, with fresh weights; a checkpoint, as it has grown", err=True)
    return model
