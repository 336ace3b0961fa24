"""`sk registry regtool list [REPO]`."""

from __future__ import annotations

import click

from solakube_core.cli.session import Session, pass_session
from solakube_registry.commands.output import format_option, show
from solakube_registry.maintenance.by_api import url_option
from solakube_registry.maintenance.tool import records

_TAG_COLUMNS = ("name", "size", "platforms", "pushed", "pulled", "digest")


@click.command("list")
@click.argument("repository", required=False)
@url_option
@format_option
@pass_session
def list_command(session: Session, repository: str | None, url: str | None, output: str) -> None:
    """List all repositories, or the tags of REPOSITORY.

    \b
    Examples:
      sk registry regtool list
      sk registry regtool list tools/busybox -o json
      sk registry regtool list --url https://registry.example.com
    """
    rows = records(session, "list", *([repository] if repository else []), url=url)
    show(rows, output, "name", _TAG_COLUMNS if repository else ("name", "tags"))
