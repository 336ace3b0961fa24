"""`sk registry prune`."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import click

from solakube_core.plugin import (
    NAME,
    TABLE,
    Listing,
    Session,
    counted,
    dry_run_option,
    output_option,
    pass_session,
    show,
    yes_option,
)
from solakube_registry.commands.columns import action, image, item


@click.command()
@click.option("--policy", type=click.Path(path_type=Path), metavar="FILE", help="YAML file with the list `rules`.")
@click.option("--explain", is_flag=True, help="Tell of every tag why it stays.")
@dry_run_option
@yes_option
@output_option()
@pass_session
def prune(session: Session, policy: Path | None, explain: bool, dry_run: bool, yes: bool, output: str) -> None:
    """Delete the tags that no retention rule keeps (REGISTRY_RETENTION_*, or a policy file).

    What the cluster runs or could roll back to stays, and it is told who holds it. What goes is shown and asked about;
    without a terminal it is only shown, unless --yes is given. The space is freed by `sk registry garbage-collect`.

    \b
    Examples:
      sk registry prune --explain --dry-run
      sk registry prune --policy retention.yaml --yes
    """
    from solakube_registry.maintenance.holders import held_images
    from solakube_registry.maintenance.retention import rules
    from solakube_registry.maintenance.tool import announce

    if dry_run and yes:
        raise click.UsageError("--dry-run does not go with --yes")
    announce(session)
    held = held_images(session.settings, session.engine.site)
    given = json.dumps({"rules": rules(session.settings, policy), "held": held})
    told = _Told(explain, output)
    if not yes:
        told.run(session, given, delete=False)
        if not told.doomed or dry_run or output != TABLE or not session.terminal.has_reader:
            told.end(f"`--yes` deletes {'it' if len(told.doomed) == 1 else 'them'}")
            return
        session.terminal.confirm(f"Delete {counted(len(told.doomed), 'tag')}?", yes=False)
        told = _Told(explain=False, output=output)
    session.terminal.changing("what is told as deleted is gone, all else is there")
    told.run(session, given, delete=True)
    told.end("free the space by `sk registry garbage-collect`")


class _Told:
    """What the program decides, printed as it comes or at the end."""

    def __init__(self, explain: bool, output: str) -> None:
        self._explain, self._output = explain, output
        self._items: list[dict[str, Any]] = []
        self.doomed: list[dict[str, Any]] = []

    def run(self, session: Session, given: str, delete: bool) -> None:
        """Run the program."""
        from solakube_registry.maintenance.tool import records

        for record in records(session, "prune", *(["--yes"] if delete else []), stdin=given):
            goes = record["type"] == "deleted"
            if not goes and not self._explain and not record["holders"]:
                continue
            found = {"image": image(record), "action": action(record) if goes else "keep", **item(record)}
            self._items.append(found)
            self.doomed += [found] if goes else []
            if self._output == TABLE:
                click.echo(f"{found['action']} {found['image']}" + ("" if goes else f", {record['why']}"))

    def end(self, advice: str) -> None:
        """Print the sum."""
        count = len(self.doomed)
        if self._output != TABLE:
            listing = Listing(self._items, lambda row: str(row["image"]), total={"tags": count})
            show(listing if self._output != NAME else replace(listing, items=self.doomed), self._output)
        else:
            click.echo(f"{counted(count, 'tag')}; {advice}" if count else "nothing to delete")
