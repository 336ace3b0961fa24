"""`sk registry garbage-collect`."""

from __future__ import annotations

import json
from collections.abc import Sequence

import click

from solakube_core.plugin import Session, counted, dry_run_option, output_option, pass_session, size
from solakube_registry.commands.ages import Age
from solakube_registry.commands.findings import Findings


@click.command("garbage-collect")
@dry_run_option
@click.option("--grace", type=Age(), metavar="AGE", help="What was used since then stays (REGISTRY_GC_GRACE, 1h).")
@click.option(
    "--untagged-grace", type=Age(), metavar="AGE", help="What was pushed by digest waits so long to be named (1d)."
)
@click.option("--wait", is_flag=True, help="Wait until it is known whether that is still in use.")
@click.option("--keep", type=Age(), metavar="AGE", help="Keep what is collected for so long, for --undo.")
@click.option("--undo", is_flag=True, help="Bring back what the last run with --keep collected.")
@click.option("--now", is_flag=True, help="Free what REGISTRY_UNDO_PERIOD keeps, too: no tag can be brought back then.")
@click.option("--offline", is_flag=True, help="Roll to read-only and use distribution's own collector.")
@click.option("--ignore-cluster", is_flag=True, help="Free what has no tag, whether the cluster names it or not.")
@output_option()
@pass_session
@click.pass_context
def garbage_collect(
    ctx: click.Context,
    session: Session,
    dry_run: bool,
    grace: str | None,
    untagged_grace: str | None,
    wait: bool,
    keep: str | None,
    undo: bool,
    now: bool,
    offline: bool,
    ignore_cluster: bool,
    output: str,
) -> None:
    """Free the space of everything that neither a tag nor the cluster needs, while pushes and pulls go on.

    A push may have asked for a blob long before it sends its manifest: what was used within the grace period stays.
    At the end it is checked that the images are whole that the cluster names; it leaves with 1 where one is not.

    \b
    Examples:
      sk registry garbage-collect --dry-run
      sk registry garbage-collect --grace 10m --wait
    """
    untagged = untagged_grace or session.settings.require("REGISTRY_GC_UNTAGGED_GRACE")
    undo_period = "0" if now else session.settings.require("REGISTRY_UNDO_PERIOD")
    lasting = (f"--untagged-grace={untagged}", f"--undo-period={undo_period}")
    if offline:
        if dry_run or wait or keep or undo:
            raise click.UsageError("--offline goes with none of --dry-run, --wait, --keep and --undo")
        _collect_offline(session, lasting, ignore_cluster, output).end(ctx)
        return
    if undo and (dry_run or wait or keep or now):
        raise click.UsageError("--undo goes with none of --dry-run, --wait, --keep and --now")
    if dry_run and (wait or keep):
        raise click.UsageError("--dry-run goes with neither --wait nor --keep")
    from solakube_registry.maintenance.holders import addressed, knowledge
    from solakube_registry.maintenance.regtool import metrics_address
    from solakube_registry.maintenance.tool import announce, records

    announce(session)
    options = [
        f"--grace={grace or session.settings.require('REGISTRY_GC_GRACE')}",
        *lasting,
        f"--metrics={metrics_address(session.settings, session.engine.site)}",
        *(["--dry-run"] if dry_run else []),
        *(["--wait"] if wait else []),
        *([f"--keep={keep}"] if keep else []),
        *(["--undo"] if undo else []),
    ]
    held, known = ((), "") if undo else knowledge(session, ignore_cluster)
    hosts = addressed(session.settings) if known else ()
    findings = Findings(output)
    if not dry_run:
        session.terminal.changing()
    for record in records(session, "garbage-collect", *options, *held, *hosts, stdin=known, done=(0, 1)):
        findings.take(record)
    findings.end(ctx)


def _collect_offline(session: Session, lasting: Sequence[str], ignore_cluster: bool, output: str) -> Findings:
    from solakube_registry.maintenance.holders import knowledge
    from solakube_registry.maintenance.offline import collect_offline
    from solakube_registry.maintenance.tool import announce, records

    announce(session)

    def stored() -> int:
        return next(int(record["bytes"]) for record in records(session, "stored"))

    held, known = knowledge(session, ignore_cluster)

    def forget_untagged() -> None:
        for record in records(session, "forget-untagged", *lasting, *held, stdin=known):
            session.terminal.say(f"{counted(record['manifests'], 'manifest')} without a tag")

    session.terminal.changing()
    freed = collect_offline(session.lifecycle, session.terminal, stored, forget_untagged)
    session.terminal.quiet()
    sentence = f"freed {size(freed)}"
    figures = json.dumps({"freed_bytes": freed})
    list(records(session, "last-run", "--note", f"{sentence} --offline", "--figures", figures))
    findings = Findings(output)
    findings.take({"type": "collected", "summary": sentence, "freed_bytes": freed})
    return findings
