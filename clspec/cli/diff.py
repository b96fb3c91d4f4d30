"""`clspec diff`."""

from __future__ import annotations

import click

from clspec.cli.options import stream_option
from clspec.cli.two_specs import AskedTwo, two_specs


@click.command("diff")
@two_specs
@click.option(
    "--at", type=int, metavar="N", help="Sizes as both learn experience N (from 0); default: as they are born."
)
@stream_option
def command(asked: AskedTwo, at: int | None, stream: str | None) -> int:
    """Print what changed of a model from OLD to NEW, in words of the model: parts, rules, answers, sizes.

    A spec may be a file, `git:REV:PATH` for a file of a revision (PATH from the top of the repository, or ./PATH from
    here), or a checkpoint (.safetensors), which holds a spec. A part that only got another name is told so. With
    --output-format json it is an object. `clspec render --view diff OLD NEW` draws it.

    \b
    Examples:
      clspec diff old.clspec new.clspec
      clspec diff git:HEAD~1:specs/model.clspec specs/model.clspec --at 4
    """
    from clspec.comparing import diff

    if stream is not None and at is None:
        raise click.UsageError("--stream goes with --at: without it, both are compared as they are born")
    asked.show(diff(**asked.given(), at=at, stream=stream))
    return 0
