"""Arguments and options that commands share."""

from __future__ import annotations

import contextlib
import os
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, TextIO, TypeVar

import click

from clspec.analyses.evaluate import Constant, EvaluationError, evaluate_constant
from clspec.cli.colour import paint, wants_colour
from clspec.diagnostics import Diagnostic, SpecError, render_concise, render_full, render_github, render_json
from clspec.ir.values import Name

_RENDERERS = {"full": render_full, "concise": render_concise, "json": render_json, "github": render_github}

Command = TypeVar("Command", bound=Callable[..., Any])


def report(diagnostics: Sequence[Diagnostic], output_format: str, *, to_error: bool = False) -> int:
    """Prints findings, to standard output or standard error; 1, the exit code, where one of them is an error."""
    # A stream that a shell closed is none at all.
    stream: TextIO | None = sys.stderr if to_error else sys.stdout
    if output_format == "full" and wants_colour(os.environ, stream is not None and stream.isatty()):
        click.echo(render_full(diagnostics, paint), err=to_error, color=True)
    else:
        click.echo(_RENDERERS[output_format](diagnostics), err=to_error)
    return int(any(diagnostic.severity == "error" for diagnostic in diagnostics))


def write(path: str, text: str) -> None:
    """Writes a file in one step, or to standard output for `-`."""
    from clspec.files import write_atomically

    if path == "-":
        click.echo(text, nl=False)
        return
    try:
        write_atomically(path, text)
    except OSError as error:
        raise click.ClickException(f'cannot write "{path}": {(error.strerror or str(error)).lower()}') from None


def keep_spec(spec: str, output: str) -> None:
    """Refuses to write over the very spec that is read, under whatever name."""
    with contextlib.suppress(OSError, ValueError):  # one of the two is no file: reading or writing it says so
        if "-" not in (spec, output) and Path(spec).samefile(output):
            raise click.BadParameter(f'"{output}" is the spec itself; name another file', param_hint="--output")


def _named_output(_context: click.Context, _option: click.Parameter, value: str) -> str:
    if not value:
        raise click.BadParameter("the name of the file is empty; `-` is standard output")
    return value


def parse_settings(_context: click.Context, _option: click.Parameter, values: tuple[str, ...]) -> dict[str, Constant]:
    """`--set width=128 --set drop=0.1` as a dict; values read as the language reads them, a bare word as a string."""
    from clspec.driver import parse_string

    settings: dict[str, Constant] = {}
    for value in values:
        name, sign, text = value.partition("=")
        if not sign or not name.strip():
            raise click.BadParameter(f'"{value}" is no setting; write NAME=VALUE, such as width=128')
        if name.strip() in settings:
            raise click.BadParameter(f'"{name.strip()}" is set twice; keep one')
        try:
            spec = parse_string(f"clspec 1\nmodel it(value={text.strip()}) {{}}", name="--set")
            (parameter,) = spec.models[0].parameters
            bare = isinstance(parameter.default, Name)
            settings[name.strip()] = text.strip() if bare else evaluate_constant(parameter.default, {})
        except EvaluationError as error:
            raise click.BadParameter(f'in "{value}": {error.diagnostic.message}') from None
        except (SpecError, ValueError):
            settings[name.strip()] = text.strip()
    return settings


def parse_weights(_context: click.Context, _option: click.Parameter, values: tuple[str, ...]) -> dict[str, str]:
    """`--weights trunk=FILE` as a dict from part to file."""
    weights: dict[str, str] = {}
    for value in values:
        part, sign, file = value.partition("=")
        if not sign or not part.strip() or not file:
            raise click.BadParameter(f'"{value}" names no weights; write PART=FILE, such as trunk=resnet20.pth')
        if part.strip() in weights:
            raise click.BadParameter(f'"{part.strip()}" gets weights twice; keep one')
        weights[part.strip()] = file
    return weights


def _named_spec(_context: click.Context, _argument: click.Parameter, value: str) -> str:
    if Path(value).is_dir():
        raise click.BadParameter(f'"{value}" is a directory; name a file in it')
    return value


spec_argument = click.argument("spec", metavar="SPEC|-", type=click.Path(), callback=_named_spec)
model_option = click.option("--model", metavar="NAME", help="Which model of the file; default: the one no other uses.")
set_option = click.option(
    "--set", "params", metavar="NAME=VALUE", multiple=True, callback=parse_settings,
    help="Set a parameter of the model, such as --set width=128. May be repeated.",
)  # fmt: skip
allow_import_option = click.option(
    "--allow-import", "allow_imports", metavar="PACKAGE", multiple=True,
    help="Let the spec run code of this package, by `module(...)`. May be repeated.",
)  # fmt: skip
allow_use_option = click.option(
    "--allow-use", "allow_use", metavar="FOLDER", multiple=True,
    help="Let the spec use files of this folder, by `use`; its own folder needs no leave. May be repeated.",
)  # fmt: skip
output_option = click.option(
    "-o", "--output", metavar="FILE|-", default="-", callback=_named_output,
    help="Where to write it; default: standard output.",
)  # fmt: skip
picture_option = click.option(
    "-o", "--output", metavar="FILE|-", default="-", callback=_named_output,
    help="svg, png, pdf or dot by its suffix; default: DOT on standard output.",
)  # fmt: skip
stream_option = click.option(
    "--stream", metavar="NAME|'split(...)'",
    help="A stream of the file, or one in words: 'split(classes=10, experiences=5)'. Default: the file's only stream.",
)  # fmt: skip


format_option = click.option(
    "--output-format", type=click.Choice([*_RENDERERS]), default="full", show_default=True,
    help="Of findings. full: with source lines and hints; concise: a line each; json: for tools; github: notes on a "
    "pull request.",
)  # fmt: skip


def model_options(command: Command) -> Command:
    """SPEC, --model, --set, --allow-import and --allow-use."""
    return spec_argument(model_option(set_option(allow_import_option(allow_use_option(command)))))
