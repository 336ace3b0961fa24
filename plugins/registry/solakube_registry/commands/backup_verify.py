"""`sk registry backup verify`."""

from __future__ import annotations

from pathlib import Path

import click

from solakube_core.plugin import Session, output_option, pass_session
from solakube_registry.commands.backup_take import moment_option, target_argument
from solakube_registry.commands.findings import Findings


@click.command()
@target_argument
@moment_option
@click.option("--deep", is_flag=True, help="Have every blob sent, and check its digest.")
@output_option()
@pass_session
@click.pass_context
def verify(
    ctx: click.Context, session: Session, target: Path | str, moment: str | None, deep: bool, output: str
) -> None:
    """Prove a backup: start a real registry on it, and ask that for every tag and every blob.

    The registry is the program that serves on this machine, too; it runs on a scratch folder, without a password, for
    this machine alone, and ends with the command. In a cluster's REGISTRY_BACKUP_TO, pvc:NAME, the maintenance program
    reads the backup instead. `sk registry backup list` tells what was proven. It leaves with 1
    where an image is not whole.
    """
    from solakube_registry.backup.proving import prove
    from solakube_registry.backup.targets import target as place

    findings = Findings(output)
    for record in prove(session, place(session, target), moment, deep):
        findings.take(record)
    findings.end(ctx)
