"""`sk storage explain`: which storage class a component gets, and why the others are passed over."""

from __future__ import annotations

from dataclasses import asdict

import click

from solakube_core.plugin import (
    Column,
    HelpfulGroup,
    Listing,
    Session,
    StorageChoice,
    components,
    output_option,
    pass_session,
    show,
)

_COLUMNS = (
    Column("name", heading="CLASS"),
    Column("result"),
    Column("source", goes=1),
    Column("why", wraps=True),
)


@click.group(cls=HelpfulGroup)
def storage() -> None:
    """Tell which storage class a component gets, and why."""


@storage.command()
@click.argument("component", shell_complete=components)
@output_option()
@pass_session
@click.pass_context
def explain(ctx: click.Context, session: Session, component: str, output: str) -> None:
    """Show every storage class that was considered for COMPONENT; leave with 1 when none will do.

    \b
    Example:
      sk storage explain registry
    """
    choice = session.lifecycle.storage(component)
    if choice is None:
        told = f"{component} asks for no storage"
        show(Listing((), str, around={"reason": told}, below=(told,)), output)
        return
    show(listing(choice), output)
    if choice.problems:
        ctx.exit(1)


def listing(choice: StorageChoice) -> Listing:
    """Give each candidate, and the outcome."""
    found = asdict(choice)
    items = [{**entry, "result": "taken" if entry["taken"] else "passed over"} for entry in found.pop("candidates")]
    below = (choice.reason, *map(str, choice.problems))
    return Listing(items, lambda row: str(row["name"]), _COLUMNS, around=found, below=below)
