"""`sk registry backup-config`: have Velero back the registry up."""

from __future__ import annotations

import click

from solakube_core.plugin import Session, pass_session


@click.command("backup-config")
@pass_session
def backup_config(session: Session) -> None:
    """Write Velero's Schedules for the registry, or bring them up to date; say why where there are none.

    They are set by REGISTRY_BACKUP_*. They stay when the registry is undeployed: its backups are wanted most then.

    \b
    Example:
      sk registry backup-config
    """
    from solakube_core.plugin import ObjectRef, SolakubeError
    from solakube_registry.backup.obstacles import problems, reason_against
    from solakube_registry.backup.schedules import NAMESPACE, schedules, unwanted

    settings, engine = session.settings, session.engine
    session.announce("the registry's backup", NAMESPACE)
    if reason := reason_against(settings, engine.site):
        click.echo(f"the registry is not backed up: {reason}")
        return
    if found := problems(settings, engine.site):
        raise SolakubeError.of(found)
    wanted = schedules(settings)
    session.terminal.changing()
    engine.put(wanted)
    for manifest in wanted:
        spec = manifest["spec"]
        click.echo(f"{ObjectRef.of(manifest)}: at {spec['schedule']!r}, kept for {spec['template']['ttl']}")
    gone = tuple(ref for ref in unwanted(settings) if engine.site.get(ref) is not None)
    engine.discard(gone)
    for ref in gone:
        click.echo(f"{ref}: removed, its retention is 0")
