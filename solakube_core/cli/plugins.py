"""`sk plugins`: what is loaded, from where, and who answers which hook."""

from __future__ import annotations

import json
from dataclasses import asdict

import click

from solakube_core.cli.session import Session, pass_session
from solakube_core.plugins import PluginRecord


@click.command()
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@pass_session
def plugins(session: Session, as_json: bool) -> None:
    """List the plugins, broken ones with their cause, and the hooks they answer."""
    records = session.plugins.records
    if as_json:
        click.echo(json.dumps([asdict(record) for record in records], indent=2))
        return
    for record in records:
        click.echo(_line(record))
    if not records:
        click.echo("no plugins are installed; from a checkout: pip install -e . -e plugins/registry -e plugins/storage")


def _line(record: PluginRecord) -> str:
    detail = record.cause if record.state == "broken" else ", ".join(record.hooks)
    return f"{record.name}  {record.distribution} {record.version}  {record.state}  {detail}".rstrip()
