"""Command groups whose members are imported only when they are used."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from importlib import import_module

import click

from solakube_core.cli.meant import nearest
from solakube_core.model import Command


def import_command(command: Command) -> click.Command:
    """Import a command.

    Raises:
        TypeError: its target is no click command.
    """
    module, _, name = command.target.partition(":")
    target = getattr(import_module(module), name)
    if not isinstance(target, click.Command):
        raise TypeError(f"{command.target} is no click command")
    return target


def write_commands(formatter: click.HelpFormatter, commands: Mapping[str, Command]) -> None:
    """List commands from their announcements, importing none of them."""
    with formatter.section("Commands"):
        formatter.write_dl([(command.name, command.help) for command in commands.values()])


class HelpfulGroup(click.Group):
    """A group that shows its help when nothing is asked of it, and the nearest command when there is no such."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Print the help where there is no argument: that is no mistake."""
        if not args and not ctx.resilient_parsing:
            click.echo(ctx.get_help())
            ctx.exit()
        return super().parse_args(ctx, args)

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Name the command that was meant."""
        if args[0].startswith("-") or ctx.resilient_parsing or self.get_command(ctx, args[0]):
            return super().resolve_command(ctx, args)
        meant = self.meant(ctx, args[0])
        told = f"No such command {args[0]!r}." + (f" Did you mean `{meant}`?" if meant else "")
        raise click.UsageError(told, ctx)

    def meant(self, ctx: click.Context, word: str) -> str:
        """Return the command that a word resembles, with all words before it; "" for none."""
        name = nearest(word, self.list_commands(ctx))
        return f"{ctx.command_path} {name}" if name else ""


class LazyGroup(HelpfulGroup):
    """A group of announced commands."""

    def __init__(self, name: str, commands: Sequence[Command], help: str) -> None:
        super().__init__(name, help=help)
        self._announced = {command.name: command for command in commands}

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002
        """Name the commands in the order of their announcement."""
        return list(self._announced)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002
        """Import one command."""
        announced = self._announced.get(cmd_name)
        return import_command(announced) if announced else None

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:  # noqa: ARG002
        """List the commands."""
        write_commands(formatter, self._announced)
