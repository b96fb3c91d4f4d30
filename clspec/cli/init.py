"""`clspec init`."""

from __future__ import annotations

from pathlib import Path

import click

from clspec.cli.options import write

STARTER = """\
# A class-incremental classifier: its output layer grows with the classes it meets.
#
#   clspec check NAME.clspec                  is it right?
#   clspec simulate NAME.clspec               what will grow, what will it cost?
#   clspec render NAME.clspec -o model.svg    what does it look like?
#   clspec compile NAME.clspec -o model.py    the torch module
clspec 1

# Ten classes in five experiences of two classes each; one task.
stream tasks = split(classes=10, experiences=5)

model Net(width=128) {
    input image(1, 28, 28)  # channels, height, width of one sample

    # Every part reads the one above it, unless it says `from NAME`. Nobody writes input widths.
    backbone features = simple_cnn()
    neck projection = [linear(width), relu(), dropout(0.2)]

    # Born with two classes, it gains a row for every new one. One head a task: per_task(incremental(initial=2)).
    head classifier = incremental(initial=2)

    # The backbone learns from the first two experiences (0 and 1) and stands still from then on.
    when experience 2.. { freeze features }
}
"""


@click.command("init")
@click.argument("file", metavar="[FILE|-]", default="model.clspec", type=click.Path(dir_okay=False))
def command(file: str) -> int:
    """Write a commented spec to start from, to model.clspec unless you name another FILE. Overwrites nothing."""
    if Path(file).exists():
        raise click.ClickException(f'"{file}" is already there; name another file')
    text = STARTER.replace("NAME.clspec", "model.clspec" if file == "-" else Path(file).name)
    if file.endswith((".yaml", ".yml")):
        text = _as_yaml(text)
    write(file, text)
    if file != "-":
        click.echo(f"wrote {file}; next: clspec check {file}")
    return 0


def _as_yaml(text: str) -> str:
    from clspec.source import SourceFile
    from clspec.syntax.convert import convert

    return convert(SourceFile("starter", text), "clspec", lambda _: None)
