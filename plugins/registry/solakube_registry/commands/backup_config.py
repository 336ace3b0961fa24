"""`sk registry backup-config`: have Velero back the registry up."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import click

from solakube_core.plugin import Listing, Session, output_option, pass_session, show


@click.command("backup-config")
@output_option()
@pass_session
def backup_config(session: Session, output: str) -> None:
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
        why = f"the registry is not backed up: {reason}"
        show(Listing((), _name, around={"reason": reason}, below=(why,)), output)
        return
    if found := problems(settings, engine.site):
        raise SolakubeError.of(found)
    wanted = schedules(settings)
    session.terminal.changing()
    engine.put(wanted)
    items: list[dict[str, Any]] = []
    told: list[str] = []
    for manifest in wanted:
        ref, spec = ObjectRef.of(manifest), manifest["spec"]
        items.append({"name": ref.name, "action": "written", "cron": spec["schedule"], "kept": spec["template"]["ttl"]})
        told.append(f"{ref}: at {spec['schedule']!r}, kept for {spec['template']['ttl']}")
    gone = tuple(ref for ref in unwanted(settings) if engine.site.get(ref) is not None)
    engine.discard(gone)
    for ref in gone:
        items.append({"name": ref.name, "action": "removed", "cron": None, "kept": None})
        told.append(f"{ref}: removed, its retention is 0")
    show(Listing(items, _name, below=told), output)


def _name(schedule: Mapping[str, Any]) -> str:
    return str(schedule["name"])
