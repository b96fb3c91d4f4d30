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
      clspec diff git:HEAD~1:specs/two_heads.clspec specs/two_heads.clspec --at 4
    """
    asked.show(asked.compared(at, stream))
    return 0
