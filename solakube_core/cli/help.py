"""`sk help` and `sk version`."""

from __future__ import annotations

import click

from solakube_core import __version__
from solakube_core.cli.output import output_option, show_document


@click.command("help")
@click.argument("words", nargs=-1, metavar="[COMMAND]...")
@click.pass_context
def help_command(ctx: click.Context, words: tuple[str, ...]) -> None:
    """Show the help of COMMAND, or of all commands.

    \b
    Examples:
      sk help deploy
      sk help registry prune
    """
    at = ctx.find_root()
    for word in words:
        if not isinstance(at.command, click.Group):
            raise click.UsageError(f"`{at.command_path}` has no commands of its own", ctx)
        _, command, _ = at.command.resolve_command(at, [word])
        if command:
            at = click.Context(command, at, word)
    click.echo(at.get_help())


@click.command()
@output_option()
def version(output: str) -> None:
    """Show the version of `sk`."""
    show_document({"version": __version__}, output, name=__version__, text=f"sk, version {__version__}")
