"""`sk registry regtool delete`."""

from __future__ import annotations

import click

from solakube_core.cli.session import Session, pass_session
from solakube_registry.maintenance.by_api import url_option
from solakube_registry.maintenance.tool import announce, records


@click.command()
@click.argument("targets", nargs=-1, required=True, metavar="REPO TAG... | REPO:TAG...")
@click.option("--older-than", metavar="AGE", help="Only tags last pushed longer ago, such as 30d.")
@click.option("--dry-run", is_flag=True, help="Tell what would be deleted; delete nothing.")
@url_option
@pass_session
def delete(session: Session, targets: tuple[str, ...], older_than: str | None, dry_run: bool, url: str | None) -> None:
    """Delete tags, and those alone: other tags of the same image stay.

    The space is freed by `sk registry garbage-collect`. Tags may be patterns with * and ?.

    \b
    Examples:
      sk registry regtool delete tools/busybox 1.36
      sk registry regtool delete 'web:pr-*' --older-than 30d --dry-run
    """
    announce(session, url)
    options = [*(["--older-than", older_than] if older_than else []), *(["--dry-run"] if dry_run else [])]
    for record in records(session, "delete", *options, "--", *targets, url=url):
        verb = "would delete" if record["dry_run"] else "deleted"
        click.echo(f"{verb} {record['repository']}:{record['name']} ({record['digest']})")
