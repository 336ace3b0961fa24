"""`sk registry garbage-collect`."""

from __future__ import annotations

import click

from solakube_core.cli.session import Session, pass_session
from solakube_registry.commands.output import size


@click.command("garbage-collect")
@click.option("--offline", is_flag=True, help="Roll to read-only and use distribution's own collector.")
@pass_session
def garbage_collect(session: Session, offline: bool) -> None:
    """Free the space of everything that no tag reaches.

    \b
    Example:
      sk registry garbage-collect --offline
    """
    from solakube_registry.maintenance.offline import collect_offline
    from solakube_registry.maintenance.tool import records

    if not offline:
        raise click.UsageError("only --offline is there yet")

    def stored() -> int:
        return next(int(record["bytes"]) for record in records(session, "stored"))

    def forget_untagged() -> None:
        for record in records(session, "forget-untagged"):
            session.terminal.say(f"{record['manifests']} manifests without a tag")

    freed = collect_offline(session.lifecycle, session.terminal, stored, forget_untagged)
    session.terminal.quiet()
    sentence = f"freed {size(freed)} ({freed} bytes)"
    list(records(session, "last-run", "--note", f"garbage-collect --offline {sentence}"))
    click.echo(sentence)
