"""`sk registry regtool list [REPO] [--tags]`."""

from __future__ import annotations

import click

from solakube_core.cli.session import Session, pass_session
from solakube_registry.commands.output import format_option, show
from solakube_registry.maintenance.by_api import url_option
from solakube_registry.maintenance.tool import records

_TAG_COLUMNS = ("name", "size", "platforms", "pushed", "pulled", "digest")


@click.command("list")
@click.argument("repository", required=False)
@click.option("--tags", is_flag=True, help="List the tags of all repositories, as REPO:TAG.")
@url_option
@format_option
@pass_session
def list_command(session: Session, repository: str | None, tags: bool, url: str | None, output: str) -> None:
    """List all repositories, or the tags of REPOSITORY or of all.

    \b
    Examples:
      sk registry regtool list
      sk registry regtool list tools/busybox -o json
      sk registry regtool list --tags
      sk registry regtool list --url https://registry.example.com
    """
    arguments = [*(["--tags"] if tags else []), *([repository] if repository else [])]
    rows = records(session, "list", *arguments, url=url)
    if tags:
        images = ({**row, "image": f"{row['repository']}:{row['name']}"} for row in rows)
        show(images, output, "image", ("image", *_TAG_COLUMNS[1:]))
    else:
        show(rows, output, "name", _TAG_COLUMNS if repository else ("name", "tags"))
