"""`sk registry backup TARGET`, and `sk registry restore TARGET`."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import click

from solakube_core.plugin import (
    TABLE,
    Column,
    Listing,
    Session,
    SolakubeError,
    counted,
    dry_run_option,
    output_option,
    pass_session,
    show,
    size,
)
from solakube_registry.backup.targets import target
from solakube_registry.backup.variables import CLAIM
from solakube_registry.commands.columns import item
from solakube_registry.commands.references import within
from solakube_registry.maintenance.by_api import keeps_files
from solakube_registry.maintenance.tool import Record, announce, records
from solakube_registry.place import in_cluster


class _TargetType(click.Path):
    """A folder, or a claim."""

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        if str(value).startswith(CLAIM):
            return str(value)
        return Path(os.fsdecode(super().convert(value, param, ctx))).expanduser().absolute()


target_argument = click.argument("target", type=_TargetType(file_okay=False), metavar="TARGET")
moment_option = click.option("--moment", metavar="NAME", help="Which backup; the latest unless named.")


@click.command()
@target_argument
@click.option("--keep", type=click.IntRange(min=1), metavar="N", help="Delete all but the last N backups then.")
@output_option()
@pass_session
@click.pass_context
def take(ctx: click.Context, session: Session, target: Path | str, keep: int | None, output: str) -> None:
    """Back the registry up into the folder TARGET of this machine, while pushes and pulls go on.

    In a cluster TARGET may be REGISTRY_BACKUP_TO as well, pvc:NAME: the claim beside the registry.

    What is there already is not copied again, and every blob is hashed while it is copied. Nothing is deleted from the
    registry meanwhile. Killed, it is simply run again. It leaves with 1 where a blob is damaged.

    \b
    Examples:
      sk registry backup /mnt/backup/registry --keep 14
      sk registry backup verify /mnt/backup/registry
    """
    announce(session)
    found = list(_taken(session, target, keep))
    items = [item(record) for record in found if record["type"] == "backup"]
    faults = [record["fault"] for record in found if record["type"] == "fault"]
    if output == TABLE:
        for record in (*faults, *map(_sentence, items)):
            click.echo(record)
    else:
        show(Listing(items, lambda row: str(row["name"]), total={"faults": faults}), output)
    if faults:
        ctx.exit(1)


def _taken(session: Session, given: Path | str, keep: int | None) -> Iterator[Record]:
    """Take a backup: by the program beside the data, or from it where that reaches no folder of this machine."""
    meant = target(session, given)
    if in_cluster(session.engine.site) and not meant.beside:
        from solakube_registry.backup.streaming import backed_up

        return backed_up(session, meant.folder, keep)
    options = [f"--keep={keep}"] if keep else []
    return records(session, "backup", *options, "--", meant.folder, done=(0, 1))


def _sentence(made: Record) -> str:
    held = f"{counted(made['tags'], 'tag')}, {counted(made['blobs'], 'blob')}, {size(made['size'])}"
    return f"{made['name']}: {held}; copied {counted(made['copied'], 'blob')}, {size(made['copied_bytes'])}"


@click.command()
@target_argument
@click.argument("reference", required=False, metavar="[REPO[:TAG]]")
@moment_option
@dry_run_option
@output_option()
@pass_session
@click.pass_context
def restore(
    ctx: click.Context,
    session: Session,
    target: Path | str,
    reference: str | None,
    moment: str | None,
    dry_run: bool,
    output: str,
) -> None:
    """Bring back what a backup in TARGET holds: all of it, the repository REPO, or one image with its signatures.

    The registry may be empty or at work. What else it has stays; a tag that points elsewhere by now is set to what the
    backup has, and `sk registry undelete` sets it back. Others come back with the times that they had.

    \b
    Examples:
      sk registry restore /mnt/backup/registry
      sk registry restore /mnt/backup/registry team/app:1.4 --dry-run
    """
    announce(session)
    if not dry_run:
        session.terminal.changing("run it again: what is back is left as it is")
    wanted = within(session, reference, None) if reference else None
    found = list(_restored(session, target, wanted, moment, dry_run))
    items = [{**item(record), "done": record["done"] or "would come back"} for record in found]
    columns = (Column("image"), Column("digest", goes=1), Column("done", wraps=True))
    show(Listing(items, lambda row: str(row["image"]), columns, {"tags": len(items)}), output)
    if any(row["failed"] for row in items):
        ctx.exit(1)


def _restored(
    session: Session, given: Path | str, reference: str | None, moment: str | None, dry_run: bool
) -> Iterator[Record]:
    if not dry_run and not keeps_files(session):
        raise SolakubeError(
            "a backup is not restored into an object storage",
            "the program beside the registry writes files",
            "restore it into a registry with its images on a volume",
        )
    meant = target(session, given)
    if in_cluster(session.engine.site) and not meant.beside:
        from solakube_registry.backup.streaming import restored

        return restored(session, meant.folder, reference, moment, dry_run)
    options = [*([f"--moment={moment}"] if moment else []), *(["--dry-run"] if dry_run else [])]
    wanted = [reference] if reference else []
    return records(session, "restore", *options, "--", meant.folder, *wanted, done=(0, 1))
