"""`sk config`: the settings in force and where each comes from."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass
from difflib import get_close_matches
from typing import Any

import click

from solakube_core.cli.completion import settings
from solakube_core.cli.options import show_secrets_option
from solakube_core.cli.output import AUTO, Listing, output_option, show
from solakube_core.cli.session import Session, pass_session
from solakube_core.cli.table import Column, plain
from solakube_core.settings import Settings, Variable
from solakube_core.urls import without_secrets

MASK = "********"

_COLUMNS = (
    Column("name", heading="SETTING"),
    Column("value"),
    Column("origin", goes=2),
    Column("help", heading="MEANING", goes=1, wraps=True),
)


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


def config_rows(settings: Settings, variables: Iterable[Variable], show_secrets: bool = False) -> Iterator[Row]:
    """Yield a row for each declared variable, once and sorted by name.

    Args:
        show_secrets: mask neither secret values nor logins and queries of URLs.
    """
    secret = {variable.name for variable in variables if variable.secret}
    for name, variable in sorted({variable.name: variable for variable in variables}.items()):
        value = settings.get(name) or ""
        shown = value if show_secrets else MASK if value and name in secret else without_secrets(value)
        yield Row(name, shown, _origin(settings, name), variable.help)


def _origin(settings: Settings, name: str) -> str:
    missing = settings.missing(name)
    return f"{settings.origin(name)}, needs {' and '.join(missing)}" if missing else str(settings.origin(name))


@click.command()
@click.argument("names", nargs=-1, shell_complete=settings)
@output_option(AUTO)
@show_secrets_option
@pass_session
def config(session: Session, names: tuple[str, ...], show_secrets: bool, output: str) -> None:
    """List all settings, or those NAMES, with their value, its origin and meaning. Secrets are masked.

    \b
    Examples:
      sk config
      sk config REGISTRY_FQN REGISTRY_PVC_SIZE
    """
    wanted = _wanted(session.variables, names)
    rows = [asdict(row) for row in config_rows(session.settings, wanted, show_secrets)]
    show(Listing(rows, lambda row: str(row["name"]), _COLUMNS, line=_line), output)
    for problem in session.settings.problems(wanted):
        click.echo(f"problem: {_printable(problem.what)}", err=True)
    for hint in session.settings.hints(session.variables, ("sk", *session.plugins.component_names())):
        click.echo(f"hint: {_printable(without_secrets(hint))}", err=True)


def _wanted(variables: tuple[Variable, ...], names: tuple[str, ...]) -> tuple[Variable, ...]:
    """Return the variables of the given names, all when none are given."""
    known = {variable.name for variable in variables}
    if unknown := [name for name in names if name not in known]:
        near = [match for name in unknown for match in get_close_matches(name, known, 1)]
        meant = f"; did you mean {', '.join(near)}?" if near else ""
        named = ", ".join(map(repr, unknown))
        raise click.UsageError(f"no plugin declares {named}{meant}; `sk config` lists all settings")
    return tuple(variable for variable in variables if not names or variable.name in names)


def _line(row: Mapping[str, Any]) -> str:
    """What a setting is in one line, where nobody watches."""
    return f"{row['name']}={_printable(row['value'])}  [{_printable(row['origin'])}]  {row['help']}"


def _printable(text: str) -> str:
    """Return a text in one line that no terminal takes for a command."""
    return plain(text) if text else ""
