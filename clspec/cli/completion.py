"""`clspec completion`."""

from __future__ import annotations

import click


@click.command("completion")
@click.argument("shell", type=click.Choice(["bash", "zsh", "fish"]))
def command(shell: str) -> int:
    """Print what makes SHELL complete commands, options, files, kinds, and names out of the spec on the line.

    \b
    Let the shell run it as it starts:
      bash, in ~/.bashrc:                    eval "$(clspec completion bash)"
      zsh, in ~/.zshrc, behind compinit:     eval "$(clspec completion zsh)"
      fish, in ~/.config/fish/config.fish:   clspec completion fish | source
    """
    from click.shell_completion import get_completion_class

    from clspec.cli import cli

    made = get_completion_class(shell)
    if made is None:
        raise click.ClickException(f"this version of click knows no completion for {shell}")
    click.echo(made(cli, {}, "clspec", "_CLSPEC_COMPLETE").source())
    return 0
