"""`sk registry backup TARGET`, and `sk registry restore TARGET`."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

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
from solakube_registry.commands.columns import item
from solakube_registry.commands.references import within
from solakube_registry.maintenance.by_api import keeps_files
from solakube_registry.maintenance.tool import Record, announce, records
from solakube_registry.place import in_cluster


def _absolute(_context: click.Context, _parameter: click.Parameter, target: Path) -> Path:
    return target.expanduser().absolute()


target_argument = click.argument(
    "target", type=click.Path(file_okay=False, path_type=Path), metavar="TARGET", callback=_absolute
)
moment_option = click.option("--moment", metavar="NAME", help="Which backup; the latest unless named.")


@click.command()
@target_argument
@click.option("--keep", type=click.IntRange(min=1), metavar="N", help="Delete all but the last N backups then.")
@output_option()
@pass_session
@click.pass_context
def take(ctx: click.Context, session: Session, target: Path, keep: int | None, output: str) -> None:
    """Back the registry up into the folder TARGET of this machine, while pushes and pulls go on.

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


def _taken(session: Session, target: Path, keep: int | None) -> Iterator[Record]:
    """Take a backup: by the program beside the data, or from it where that reaches no folder of this machine."""
    if in_cluster(session.engine.site):
        from solakube_registry.backup.streaming import backed_up

        return backed_up(session, target, keep)
    options = [f"--keep={keep}"] if keep else []
    return records(session, "backup", *options, "--", str(target), done=(0, 1))


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
    target: Path,
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
    session: Session, target: Path, reference: str | None, moment: str | None, dry_run: bool
) -> Iterator[Record]:
    if not dry_run and not keeps_files(session):
        raise SolakubeError(
            "a backup is not restored into an object storage",
            "the program beside the registry writes files",
            "restore it into a registry with its images on a volume",
        )
    if in_cluster(session.engine.site):
        from solakube_registry.backup.streaming import restored

        return restored(session, target, reference, moment, dry_run)
    options = [*([f"--moment={moment}"] if moment else []), *(["--dry-run"] if dry_run else [])]
    wanted = [reference] if reference else []
    return records(session, "restore", *options, "--", str(target), *wanted, done=(0, 1))
