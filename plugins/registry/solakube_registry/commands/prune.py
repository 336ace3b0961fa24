"""`sk registry prune`."""

from __future__ import annotations

import json
from pathlib import Path

import click

from solakube_core.cli.session import Session, pass_session


@click.command()
@click.option("--policy", type=click.Path(path_type=Path), metavar="FILE", help="YAML file with the list `rules`.")
@click.option("--explain", is_flag=True, help="Tell of every tag why it stays.")
@click.option("--yes", is_flag=True, help="Delete; without it is only told what would be.")
@pass_session
def prune(session: Session, policy: Path | None, explain: bool, yes: bool) -> None:
    """Delete the tags that no retention rule keeps (REGISTRY_RETENTION_*, or a policy file).

    What the cluster runs or could roll back to stays, and it is told who holds it. The space is freed by
    `sk registry garbage-collect`.

    \b
    Examples:
      sk registry prune --explain
      sk registry prune --policy retention.yaml --yes
    """
    from solakube_registry.holders import held_images
    from solakube_registry.maintenance.tool import announce, records
    from solakube_registry.retention import rules

    announce(session)
    given = json.dumps(
        {"rules": rules(session.settings, policy), "held": held_images(session.settings, session.engine.site)}
    )
    count = 0
    for record in records(session, "prune", *(["--yes"] if yes else []), stdin=given):
        image = f"{record['repository']}:{record['name']}"
        if record["type"] in ("held", "kept"):
            if explain or record["holders"]:
                click.echo(f"keep {image}, {record['why']}")
        else:
            click.echo(f"{'deleted' if yes else 'would delete'} {image}")
            count += 1
    end = "free the space by `sk registry garbage-collect`" if yes else "`--yes` deletes them"
    click.echo(f"{count} tags; {end}" if count else "nothing to delete")
