"""`sk registry usage [REPO]`."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

import click

from solakube_core.plugin import Column, Listing, Session, output_option, pass_session, show, size
from solakube_registry.commands.ages import Age
from solakube_registry.commands.columns import item
from solakube_registry.commands.completing import references
from solakube_registry.commands.references import within
from solakube_registry.maintenance.by_api import not_empty, sees_data, url_option

_BAR = 24


@click.command()
@click.argument("repository", required=False, metavar="[REPO]", callback=not_empty, shell_complete=references)
@click.option(
    "--grace", default="1h", show_default=True, type=Age(), metavar="AGE", help="Untagged images this young are in use."
)
@url_option
@output_option()
@pass_session
def usage(session: Session, repository: str | None, grace: str, url: str | None, output: str) -> None:
    """Show who takes how much space: each repository, or each tag of REPO.

    Unique bytes are freed when it goes (and garbage is collected); shared bytes belong to others, too; unreferenced
    bytes are freed by `sk registry garbage-collect`. Unique, shared and unreferenced add up to what is stored.

    \b
    Examples:
      sk registry usage
      sk registry usage tools/busybox -o json
    """
    from solakube_registry.maintenance.holders import knowledge
    from solakube_registry.maintenance.tool import records

    # By the API only what tags reach can be counted.
    held, known = knowledge(session) if not url and sees_data(session) else ((), "")
    undo = f"--undo-period={session.settings.require('REGISTRY_UNDO_PERIOD')}"
    wanted = [within(session, repository, url)] if repository else []
    rows = list(records(session, "usage", f"--grace={grace}", undo, *held, "--", *wanted, stdin=known, url=url))
    items = sorted(_items(rows, "usage-tag" if repository else "usage"), key=lambda row: (-row["size"], row["name"]))
    alone = _items(rows, "usage-held")
    total = next((_figures(row) for row in rows if row["type"] == "usage-total"), {})
    below = [f"{row['digest']} {size(row['size'])}: kept for {', '.join(row['holders'])}" for row in alone]
    around = {"held": alone} if alone else {}
    show(Listing(items, _name, _columns(items), total, around, [*below, *_total(total)]), output)


def _items(rows: Iterable[dict[str, Any]], kind: str) -> list[dict[str, Any]]:
    """A repository's name is its own; a tag has one besides."""
    return [{"name": row.get("repository"), **item(row)} for row in rows if row["type"] == kind]


def _figures(row: dict[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in row.items() if key != "type"}


def _name(row: Mapping[str, Any]) -> str:
    return str(row["name"])


def _columns(items: Sequence[dict[str, Any]]) -> tuple[Column, ...]:
    largest = max((row["size"] for row in items), default=0) or 1
    sizes = (Column(key, size) for key in ("size", "unique", "shared"))
    bar = Column("size", lambda count: "#" * round(_BAR * count / largest), heading="", goes=1)
    return (Column("name"), *sizes, Column("pulled", _day, goes=2), bar)


def _day(moment: str | None) -> str:
    """Access times are kept by the day: more precision would be false."""
    return "-" if moment is None else moment[:10]


def _total(total: dict[str, Any]) -> Iterator[str]:
    """By the API only what tags reach is known; of one repository there is no total."""
    if not total:
        return
    parts = ", ".join(f"{kind} {_size(total[kind])}" for kind in ("unique", "shared", "unreferenced"))
    yield f"stored {_size(total['stored'])}: {parts}"
    if total["held"]:
        yield f"kept for the cluster alone {size(total['held'])}"
    if total["undoable"]:
        yield f"kept to bring tags back {size(total['undoable'])}"
    if total["trash"]:
        yield f"collected and not freed yet {size(total['trash'])}"
    free = "" if total["free"] is None else f"; free on the volume {size(total['free'])}"
    yield f"unfinished uploads {_size(total['uploads'])}{free}"


def _size(count: int | None) -> str:
    return "unknown" if count is None else size(count)
