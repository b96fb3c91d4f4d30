"""What the commands that compare two specs share."""

from __future__ import annotations

import json
from collections.abc import Callable, Generator
from contextlib import contextmanager
from dataclasses import dataclass, fields
from functools import reduce, wraps
from typing import TYPE_CHECKING, Any, Protocol

import click

from clspec.analyses.evaluate import Constant
from clspec.cli import offers
from clspec.cli.options import (
    allow_import_option,
    allow_use_option,
    format_option,
    model_option,
    named_spec,
    report,
    set_option,
)
from clspec.cli.paths import spec_text
from clspec.diagnostics import SpecError

if TYPE_CHECKING:
    from clspec.comparison.changes import Comparison


@dataclass(frozen=True)
class AskedTwo:
    """Which model of which two specs is asked for, what these are allowed, and how findings are told."""

    old: str
    new: str
    model: str | None
    old_model: str | None
    params: dict[str, Constant]
    allow_imports: tuple[str, ...]
    allow_use: tuple[str, ...]
    output_format: str

    def given(self) -> dict[str, Any]:
        """What `clspec.diff` and `clspec.breaking` are called with."""
        if self.old == self.new == "-":
            raise click.UsageError("only one of the two can be standard input")
        named = {each.name: getattr(self, each.name) for each in fields(self) if each.name != "output_format"}
        return {**named, "old": spec_text(self.old), "new": spec_text(self.new)}

    def compared(self, at: int | None, stream: str | None) -> Comparison:
        """What changed; at an experience of a stream where that is told."""
        from clspec.comparing import diff

        if stream is not None and at is None:
            raise click.UsageError("--stream goes with --at: without it, both are compared as they are born")
        return diff(**self.given(), at=at, stream=stream)

    def show(self, found: Found) -> None:
        """Prints what was found, as an object where JSON is asked for."""
        as_json = self.output_format == "json"
        click.echo(json.dumps(found.to_dict(), indent=2, ensure_ascii=False) if as_json else str(found))


class Found(Protocol):
    def to_dict(self) -> dict[str, Any]: ...


old_model_option = click.option(
    "--old-model", metavar="NAME", shell_complete=offers.models,
    help="Its name in OLD, where that is not the one in NEW.",
)  # fmt: skip


def two_specs(command: Callable[..., int]) -> Callable[..., int]:
    """OLD, NEW and the options of both as one `AskedTwo`; findings are printed."""

    @wraps(command)
    def asking(**given: Any) -> int:
        asked = AskedTwo(**{each.name: given.pop(each.name) for each in fields(AskedTwo)})
        try:
            with usage_errors():
                return command(asked, **given)
        except SpecError as error:
            return report(error.diagnostics, asked.output_format)

    options = (
        click.argument("old", metavar="OLD|-", type=click.Path(), callback=named_spec),
        click.argument("new", metavar="NEW|-", type=click.Path(), callback=named_spec),
        model_option, old_model_option, set_option, allow_import_option, allow_use_option, format_option,
    )  # fmt: skip
    return reduce(lambda made, option: option(made), reversed(options), asking)


@contextmanager
def usage_errors() -> Generator[None]:
    """What is asked for and is not there, and files that cannot be read, end a command with a line."""
    try:
        yield
    except OSError as error:
        if error.filename is None:  # of no file: what cannot be written is the output
            raise
        reason = (error.strerror or str(error)).lower()
        raise click.ClickException(f'cannot read "{error.filename}": {reason}') from None
    except ValueError as error:
        raise click.ClickException(str(error)) from None
