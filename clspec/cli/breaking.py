"""`clspec breaking`."""

from __future__ import annotations

import click

from clspec.cli.two_specs import AskedTwo, two_specs
from clspec.comparison.strictness import LOSSES, MEANINGS, SETS, STRICTNESSES, Strictness


def _sets() -> str:
    """What each strictness counts, for `--help`."""
    lines: list[str] = []
    seen: set[str] = set()
    for name in STRICTNESSES:
        lines.append(f"  {name}: {MEANINGS[name]}")
        lines += [f"    {loss}: {LOSSES[loss]}" for loss in SETS[name] if loss not in seen]
        seen |= set(SETS[name])
    return "\n".join(["\b", "What counts as a loss:", *lines])


@click.command("breaking", epilog=_sets())
@two_specs
@click.option(
    "--strictness", type=click.Choice(STRICTNESSES), default=STRICTNESSES[-1], show_default=True,
    help="What counts as a loss, from the loosest set to the strictest; each holds those before it.",
)  # fmt: skip
def command(asked: AskedTwo, strictness: Strictness) -> int:
    """Tell whether what was saved of OLD loads into NEW, and whether answers still mean the same.

    Of every key of a state dict: stays, grows (a fresh model grows to what was saved), moves (has another name), is
    lost, or is new. Then answers, inputs and `after` rules. A `!` stands before what counts as a loss; the exit code is
    1 where there is one. OLD and NEW are specs, `git:REV:PATH` (as for `clspec diff`), or checkpoints. With
    --output-format json it is an object.

    \b
    Examples:
      clspec breaking old.clspec new.clspec
      clspec breaking --strictness weights git:HEAD:specs/two_heads.clspec specs/two_heads.clspec
      clspec breaking model.safetensors new.clspec
    """
    from clspec.comparing import breaking

    judgement = breaking(**asked.given(), strictness=strictness)
    asked.show(judgement)
    return 1 if judgement.losses else 0
