"""`sk config`: the settings in force and where each comes from."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass

import click

from solakube_core.cli.session import Session, pass_session
from solakube_core.settings import Settings, Variable

MASK = "********"


@dataclass(frozen=True)
class Row:
    """One setting as it is shown.

    Attributes:
        name: the variable.
        value: its value, masked where it is secret; "" when it is not set.
        origin: where it comes from.
        help: what it means.
    """

    name: str
    value: str
    origin: str
    help: str


def config_rows(settings: Settings, variables: Iterable[Variable]) -> Iterator[Row]:
    """Yield a row for each declared variable, secrets masked."""
    for variable in sorted(variables, key=lambda entry: entry.name):
        value = settings.get(variable.name) or ""
        shown = MASK if variable.secret and value else value
        yield Row(variable.name, shown, str(settings.origin(variable.name)), variable.help)


@click.command()
@click.argument("names", nargs=-1)
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@pass_session
def config(session: Session, names: tuple[str, ...], as_json: bool) -> None:
    """List all settings, or those NAMES, with their value, its origin and meaning. Secrets are masked.

    \b
    Examples:
      sk config
      sk config REGISTRY_FQN REGISTRY_PVC_SIZE
    """
    known = {variable.name for variable in session.variables}
    if unknown := [name for name in names if name not in known]:
        raise click.UsageError(f"no plugin declares {', '.join(unknown)}; `sk config` lists all settings")
    rows = [row for row in config_rows(session.settings, session.variables) if not names or row.name in names]
    if as_json:
        click.echo(json.dumps([asdict(row) for row in rows], indent=2))
        return
    for row in rows:
        click.echo(f"{row.name}={row.value}  [{row.origin}]  {row.help}")
    for hint in session.settings.hints(session.variables):
        click.echo(f"hint: {hint}", err=True)
