"""`sk registry backup list` and `sk registry backup prune`."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from solakube_core.plugin import (
    TABLE,
    Column,
    Listing,
    Session,
    counted,
    output_option,
    pass_session,
    show,
    size,
    yes_option,
)
from solakube_registry.backup import targets
from solakube_registry.commands.backup_take import target_argument
from solakube_registry.commands.columns import SIZE, item
from solakube_registry.maintenance.tool import records

_COLUMNS = (Column("name"), Column("repositories", goes=2), Column("tags"), Column("blobs", goes=1), SIZE)


@click.command("list")
@target_argument
@output_option()
@pass_session
def list_backups(session: Session, target: Path | str, output: str) -> None:
    """List the backups in TARGET, and whether they were proven by `sk registry backup verify`."""
    found = _moments(session, targets.target(session, target))
    columns = (*_COLUMNS, Column("state"))
    show(Listing(found, lambda row: str(row["name"]), columns, {"backups": len(found)}), output)


@click.command()
@target_argument
@click.option("--keep", type=click.IntRange(min=1), required=True, metavar="N", help="So many stay, the latest.")
@yes_option
@output_option()
@pass_session
def prune(session: Session, target: Path | str, keep: int, yes: bool, output: str) -> None:
    """Delete all but the last N backups in TARGET, and the blobs that none of these names."""
    meant = targets.target(session, target)
    doomed = _moments(session, meant)[:-keep]
    if not doomed:
        click.echo("nothing to delete" if output == TABLE else "", nl=output == TABLE)
    for moment in doomed:
        session.terminal.say(f"would delete {moment['name']}")
    if doomed:
        session.terminal.confirm(f"Delete {counted(len(doomed), 'backup')}?", yes=yes)
    pruned = records(session, "backup-prune", f"--keep={keep}", "--", meant.folder, beside=meant.beside)
    found = [item(record) for record in pruned]
    if output != TABLE:
        show(Listing(found, lambda row: str(row["backups"])), output)
        return
    for done in found:
        freed = size(done["freed_bytes"])
        click.echo(f"deleted {counted(done['backups'], 'backup')}, {counted(done['blobs'], 'blob')}, {freed}")


def _moments(session: Session, meant: targets.Target) -> list[dict[str, Any]]:
    found = records(session, "backup-list", "--", meant.folder, beside=meant.beside)
    return [{**item(record), "state": _state(record)} for record in found]


def _state(moment: dict[str, Any]) -> str:
    if moment["proven"] is None:
        return "not proven"
    if moment["damaged"]:
        return f"{counted(moment['damaged'], 'tag')} damaged"
    return "proven" if moment["by"] == "registry" else "checked"
