"""The group of commands for backups into a folder."""

from __future__ import annotations

import click

from solakube_core.plugin import Command, LazyGroup

_HERE = "solakube_registry.commands"
_TAKE = "take"


class BackupGroup(LazyGroup):
    """A group whose first argument may be a folder: `backup TARGET` is `backup take TARGET`."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Put the command in where there is none."""
        if args and not args[0].startswith("-") and args[0] not in self.list_commands(ctx):
            args = [_TAKE, *args]
        return super().parse_args(ctx, args)


backup = BackupGroup(
    "backup",
    (
        Command(_TAKE, "Back the registry up into a folder; also without this word.", f"{_HERE}.backup_take:take"),
        Command("list", "List the backups in a folder.", f"{_HERE}.backup_folder:list_backups"),
        Command("verify", "Start a registry on a backup and ask it for everything.", f"{_HERE}.backup_verify:verify"),
        Command("prune", "Delete old backups.", f"{_HERE}.backup_folder:prune"),
    ),
    help="Back the registry up into a folder: `sk registry backup TARGET`.",
)
