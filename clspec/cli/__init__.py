"""The command line: one file a command, imported when it is called."""

from __future__ import annotations

import os
import sys
from importlib import import_module
from typing import TYPE_CHECKING, Any, TextIO

import click

from clspec.version import VERSION

if TYPE_CHECKING:
    from click.shell_completion import CompletionItem

COMMANDS = {
    "backbones": "List pytorchcv's networks: size, width, parameters, taps.",
    "breaking": "Tell whether what was saved of one spec loads into another.",
    "check": "Check specs and print every finding.",
    "compile": "Write the torch module that a spec describes.",
    "completion": "Print what makes a shell complete this command.",
    "components": "Print the components, or one with its arguments.",
    "convert": "Write a .clspec file as YAML, or the other way round.",
    "diff": "Print what changed of a model from one spec to another.",
    "doctor": "Tell what is installed, what is missing, and how to get it.",
    "expand": "Write a spec out with every default and own rule.",
    "explain": "Explain a model in prose, or a finding by its code.",
    "export": "Write a model for other runtimes: ONNX, torch.export.",
    "init": "Write a commented spec to start from.",
    "fmt": "Rewrite specs in the one canonical style.",
    "lsp": "Serve an editor: findings, hover, completion, renaming.",
    "plan": "Print what a model does when classes and tasks arrive.",
    "render": "Draw a model, or how it will evolve over a stream.",
    "schema": "Print the JSON Schema of the YAML form.",
    "show": "Print a model as a tree: shapes, parameters, states, rules.",
    "simulate": "Forecast a model over a stream: widths, parameters, memory.",
}


class _Commands(click.Group):
    """Imports a command's file only when it is called, so that `--help` and `check` stay quick."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in COMMANDS:
            return None
        return import_module(f"clspec.cli.{cmd_name}").command

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        if args and args[0] not in COMMANDS and not args[0].startswith("-") and not ctx.resilient_parsing:
            from clspec.diagnostics import nearest

            help = nearest(args[0], COMMANDS)
            ctx.fail(f'there is no command "{args[0]}"' + (f"; {help}" if help else ""))
        return super().resolve_command(ctx, args)

    def shell_complete(self, ctx: click.Context, incomplete: str) -> list[CompletionItem]:
        from click.shell_completion import CompletionItem

        found = [CompletionItem(name, help=about) for name, about in COMMANDS.items() if name.startswith(incomplete)]
        return [*found, *click.Command.shell_complete(self, ctx, incomplete)]

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Commands"):
            formatter.write_dl(list(COMMANDS.items()))


@click.group(
    cls=_Commands,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
    epilog="Exit codes: 0 fine, 1 findings in a spec, 2 usage or internal error, 3 no engine could draw the image.",
)
@click.version_option(VERSION, prog_name="clspec")
def cli() -> None:
    """clspec compiles short specs of continual-learning models into readable torch modules.

    Start with `clspec compile SPEC`, look at `clspec render SPEC -o model.svg`, and see what will grow with
    `clspec simulate SPEC`. SPEC is a .clspec or .yaml file, or `-` for standard input.
    """


def main(arguments: list[str] | None = None) -> None:
    """Runs the command line and exits. Findings go to standard output, usage and internal errors to standard error."""
    try:
        code: Any = cli.main(arguments, prog_name="clspec", standalone_mode=False)
        _flush()
    except click.exceptions.Abort:
        sys.exit(130)
    except click.ClickException as error:
        error.show()
        sys.exit(2)
    except BrokenPipeError:
        _drop_output()
        sys.exit(0)  # the reader of our output went away, as `| head` does: no error of ours
    except Exception as error:
        if isinstance(error, OSError) and error.filename is None:  # of no file: what cannot be written is the output
            _drop_output()
            click.echo(f"clspec: cannot write the output: {(error.strerror or str(error)).lower()}", err=True)
            sys.exit(2)
        if os.environ.get("CLSPEC_DEBUG"):
            raise
        message = f"clspec: internal error[CL999]: {type(error).__name__}: {error}"
        click.echo(f"{message}\nPlease report it; CLSPEC_DEBUG=1 shows where it happened.", err=True)
        sys.exit(2)
    sys.exit(code if isinstance(code, int) else 0)


def _flush() -> None:
    # Python has no sys.stdout where a shell closed it: then nobody wants to see it.
    output: TextIO | None = sys.stdout
    if output is not None:
        output.flush()


def _drop_output() -> None:
    """What is still to be written goes nowhere: Python would try again, and complain, as it ends."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
