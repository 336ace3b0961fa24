"""`sk registry restore-check`."""

from __future__ import annotations

import click

from solakube_core.plugin import (
    Column,
    Listing,
    Session,
    counted,
    dry_run_option,
    output_option,
    pass_session,
    show,
    yes_option,
)
from solakube_registry.commands.columns import DIGEST, item
from solakube_registry.maintenance.tool import Record, announce, records

_WOULD = {"made": "would be made", "set": "would be set", "put away": "would be put away"}


@click.command("restore-check")
@dry_run_option
@yes_option
@output_option()
@pass_session
@click.pass_context
def restore_check(ctx: click.Context, session: Session, dry_run: bool, yes: bool, output: str) -> None:
    """Bring a restored registry's tags to exactly the moment when its backup began, and tell what is missing.

    That is for data that Velero, or another program that walks through the files, has restored: it may hold half of
    what was pushed while it was copied. `sk registry hold`, which Velero runs in the pod, has noted the tags of that
    moment. A tag that points elsewhere is set, one that was not there yet is put away; `sk registry undelete` brings
    back either. It leaves with 1 where an image is not whole.

    \b
    Examples:
      sk registry restore-check --dry-run
      sk registry restore-check
    """
    announce(session)
    found = list(records(session, "restore-check", "--dry-run", done=(0, 1)))
    if not dry_run:
        if changes := sum(record["type"] == "restored" and not record["failed"] for record in found):
            _tell(session, found)
            session.terminal.confirm(f"Change {counted(changes, 'tag')}?", yes=yes)
        session.terminal.changing("run it again: what is in its place is left as it is")
        found = list(records(session, "restore-check", done=(0, 1)))
    _show(found, output, dry_run)
    if any(record.get("failed") for record in found):
        ctx.exit(1)


def _tell(session: Session, found: list[Record]) -> None:
    for record in found:
        if record["type"] == "restored":
            session.terminal.say(f"{record['image']}: {_done(record, dry_run=True)}")


def _show(found: list[Record], output: str, dry_run: bool) -> None:
    items = [{**item(one), "done": _done(one, dry_run)} for one in found if one["type"] == "restored"]
    (total,) = (item(record) for record in found if record["type"] == "settled")
    columns = (Column("image"), DIGEST, Column("done", wraps=True))
    show(Listing(items, lambda row: str(row["image"]), columns, total, below=(_sentence(total),)), output)


def _done(record: Record, dry_run: bool) -> str:
    done: str = record["done"]
    return _WOULD.get(done, done) if dry_run else done


def _sentence(total: Record) -> str:
    changed = f"{total['set']} set, {total['put_away']} put away"
    return f"{counted(total['there'], 'tag')} as in the list, {changed}, {total['damaged']} damaged"
