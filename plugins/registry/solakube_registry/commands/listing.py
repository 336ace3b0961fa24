"""`sk registry list [REPO] [--tags]`."""

from __future__ import annotations

from typing import Any

import click

from solakube_core.plugin import AUTO, NAME, Column, Listing, Session, on_terminal, output_option, pass_session, show
from solakube_registry.commands.columns import OF_TAGS, image, item
from solakube_registry.commands.completing import references
from solakube_registry.commands.references import within
from solakube_registry.maintenance.by_api import not_empty, url_option
from solakube_registry.maintenance.tool import Record, records


@click.command("list")
@click.argument("reference", required=False, metavar="[REPO]", callback=not_empty, shell_complete=references)
@click.option("--tags", is_flag=True, help="List the tags of all repositories, as REPO:TAG.")
@url_option
@output_option(AUTO)
@pass_session
def list_command(session: Session, reference: str | None, tags: bool, url: str | None, output: str) -> None:
    """List all repositories, or the tags of REPO or of all: a table on a terminal, names elsewhere.

    REPO may be a pattern with * and ?, and a reference as it is pasted: REPO:TAG or REPO@DIGEST, with or without the
    registry's address.

    \b
    Examples:
      sk registry list
      sk registry list tools/busybox -o json
      sk registry list registry.example.com/tools/busybox:1.36
      sk registry list --tags
      sk registry list --url https://registry.example.com
    """
    wanted = [within(session, reference, url)] if reference else []
    # What is not printed is not asked for: a registry may have 20,000 repositories.
    only_names = output == NAME or (output == AUTO and not on_terminal())
    options = [*(["--tags"] if tags else []), *(["--names"] if only_names else [])]
    # Each is made ready while the program is still reading the next.
    items = [_item(record) for record in records(session, "list", *options, "--", *wanted, url=url)]
    show(_tags(items, tags) if items and "image" in items[0] else _repositories(items), output)


def _item(record: Record) -> dict[str, Any]:
    return {"image": image(record), **item(record)} if record["type"] == "tag" else item(record)


def _tags(items: list[dict[str, Any]], in_full: bool) -> Listing:
    first = "image" if in_full else "name"
    return Listing(items, lambda row: str(row[first]), (Column(first), *OF_TAGS), {"tags": len(items)})


def _repositories(items: list[dict[str, Any]]) -> Listing:
    columns = (Column("name"), Column("tags"))
    return Listing(items, lambda row: str(row["name"]), columns, {"repositories": len(items)})
