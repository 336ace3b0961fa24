"""`sk storage explain`: which storage class a component gets, and why the others are passed over."""

from __future__ import annotations

import json
from dataclasses import asdict

import click

from solakube_core.cli.session import Session, pass_session
from solakube_core.model import StorageChoice


@click.group()
def storage() -> None:
    """Tell which storage class a component gets, and why."""


@storage.command()
@click.argument("component")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@pass_session
@click.pass_context
def explain(ctx: click.Context, session: Session, component: str, as_json: bool) -> None:
    """Show every storage class that was considered for COMPONENT; leave with 1 when none will do.

    \b
    Example:
      sk storage explain registry
    """
    choice = session.lifecycle.storage(component)
    if choice is None:
        click.echo(f"{component} asks for no storage")
        return
    click.echo(json.dumps(asdict(choice), indent=2) if as_json else as_text(choice))
    if choice.problems:
        ctx.exit(1)


def as_text(choice: StorageChoice) -> str:
    """Return one line for each candidate, then the outcome."""
    rows = [
        (entry.name, "taken" if entry.taken else "passed over", entry.source, entry.why) for entry in choice.candidates
    ]
    widths = [max((len(row[column]) for row in rows), default=0) for column in range(3)]
    lines = [
        "  ".join([*(cell.ljust(width) for cell, width in zip(row, widths, strict=False)), row[3]]) for row in rows
    ]
    return "\n".join([*lines, choice.reason, *(str(problem) for problem in choice.problems)])
