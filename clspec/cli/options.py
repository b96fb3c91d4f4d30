"""Arguments and options that commands share."""

from __future__ import annotations

import contextlib
import os
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass, fields
from functools import reduce, wraps
from pathlib import Path
from typing import Any, TextIO

import click

from clspec import diagnostics
from clspec.analyses.evaluate import Constant, EvaluationError, evaluate_constant
from clspec.cli import offers
from clspec.cli.colour import paint, wants_colour
from clspec.cli.paths import spec_text
from clspec.diagnostics import Diagnostic, SpecError
from clspec.ir.values import Name
from clspec.source import SourceFile
from clspec.syntax.read import syntax_of

FORMATS = ("full", "concise", "json", "github", "sarif")
"""How findings can be printed: each is a `render_...` of clspec.diagnostics."""


def report(found: Sequence[Diagnostic], output_format: str, *, to_error: bool = False) -> int:
    """Prints findings, to standard output or standard error; the exit code is 1 where one of them is an error.

    Findings in the value of an option are wrong usage: they go to standard error, and the exit code is 2.
    """
    usage = any(finding.path.startswith("<--") for finding in found)
    to_error = to_error or usage
    # A stream that a shell closed is none at all.
    stream: TextIO | None = sys.stderr if to_error else sys.stdout
    if output_format == "full" and wants_colour(os.environ, stream is not None and stream.isatty()):
        click.echo(diagnostics.render_full(found, paint), err=to_error, color=True)
    else:
        click.echo(getattr(diagnostics, f"render_{output_format}")(found), err=to_error)
    return 2 if usage else int(any(finding.severity == "error" for finding in found))


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


def keep_syntax(spec: str, output: str) -> None:
    """Refuses to give converted text the suffix of the syntax that it came from, under which nothing could read it."""
    syntax, suffix = syntax_of(spec), Path(output).suffix.lower()
    if "-" in (spec, output) or suffix not in (".clspec", ".yaml", ".yml") or syntax_of(output) != syntax:
        return
    other, right = ("YAML", ".yaml") if syntax == "clspec" else ("the clspec language", ".clspec")
    message = f'"{output}" would hold {other}; name it such as {Path(output).with_suffix(right)}'
    raise click.BadParameter(message, param_hint="--output")


def named_output(_context: click.Context, _option: click.Parameter, value: str) -> str:
    """A path as it is given; an empty one names nothing."""
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


def named_files(_context: click.Context, _argument: click.Parameter, values: tuple[str, ...]) -> tuple[str, ...]:
    """Paths as they are given; an empty one names nothing."""
    if "" in values:
        raise click.BadParameter("the name of a file is empty; `-` is standard input")
    return values


def named_spec(context: click.Context, argument: click.Parameter, value: str) -> str:
    """The path of one spec as it is given; a directory is none."""
    named_files(context, argument, (value,))
    if Path(value).is_dir():
        raise click.BadParameter(f'"{value}" is a directory; name a file in it')
    return value


def named_other(context: click.Context, argument: click.Parameter, value: str | None) -> str | None:
    """The path of a second spec, where there is one."""
    return None if value is None else named_spec(context, argument, value)


spec_argument = click.argument("spec", metavar="SPEC|-", type=click.Path(), callback=named_spec)
model_option = click.option(
    "--model", metavar="NAME", shell_complete=offers.models,
    help="Which model of the file; default: the one no other uses.",
)  # fmt: skip
set_option = click.option(
    "--set", "params", metavar="NAME=VALUE", multiple=True, callback=parse_settings, shell_complete=offers.settings,
    help="Set a parameter of the model, such as --set width=128. May be repeated.",
)  # fmt: skip
allow_import_option = click.option(
    "--allow-import", "allow_imports", metavar="PACKAGE", multiple=True,
    help="Let the spec run code of this package, by `module(...)`. May be repeated.",
)  # fmt: skip
allow_use_option = click.option(
    "--allow-use", "allow_use", metavar="FOLDER", multiple=True, type=click.Path(file_okay=False),
    help="Let the spec use files of this folder, by `use`; its own folder needs no leave. May be repeated.",
)  # fmt: skip
output_option = click.option(
    "-o", "--output", metavar="FILE|-", default="-", type=click.Path(), callback=named_output,
    help="Where to write it; default: standard output.",
)  # fmt: skip
stream_option = click.option(
    "--stream", metavar="NAME|'split(...)'", shell_complete=offers.streams,
    help="A stream of the file, or one in words: 'split(classes=10, experiences=5)'. Default: the file's only stream.",
)  # fmt: skip


format_option = click.option(
    "--output-format", type=click.Choice(FORMATS), default="full", show_default=True,
    help="Of findings. full: with source lines and hints; concise: a line each; json: for tools; github: notes on a "
    "pull request; sarif: for code scanning.",
)  # fmt: skip


@dataclass(frozen=True)
class Asked:
    """Which model of which spec is asked for, what the spec is allowed, and how findings are told."""

    spec: str
    model: str | None
    params: dict[str, Constant]
    allow_imports: tuple[str, ...]
    allow_use: tuple[str, ...]
    output_format: str

    @property
    def leave(self) -> tuple[tuple[str, ...], tuple[str, ...]]:
        """What the spec is allowed: packages to import from, folders to use files of."""
        return self.allow_imports, self.allow_use

    def text(self) -> str | SourceFile:
        """What the driver reads. Raises SpecError where standard input cannot be read."""
        return spec_text(self.spec)


def model_options(command: Callable[..., int]) -> Callable[..., int]:
    """SPEC, --model, --set, --allow-import, --allow-use and --output-format, as one `Asked`; findings are printed."""

    @wraps(command)
    def asking(**given: Any) -> int:
        asked = Asked(**{each.name: given.pop(each.name) for each in fields(Asked)})
        try:
            return command(asked, **given)
        except SpecError as error:
            return report(error.diagnostics, asked.output_format)

    options = (spec_argument, model_option, set_option, allow_import_option, allow_use_option, format_option)
    return reduce(lambda made, option: option(made), reversed(options), asking)
