"""`sk registry import FOLDER | --url REGISTRY [PATTERN...]`."""

from __future__ import annotations

from pathlib import Path

import click

from solakube_core.plugin import (
    Column,
    Listing,
    Session,
    counted,
    dry_run_option,
    output_option,
    pass_session,
    show,
    size,
)
from solakube_registry.commands.columns import DIGEST, item
from solakube_registry.commands.references import within
from solakube_registry.maintenance.by_api import url_option
from solakube_registry.maintenance.tool import Record, announce, records


@click.command("import")
@click.argument("words", nargs=-1, metavar="[FOLDER] [PATTERN...]")
@url_option
@dry_run_option
@output_option()
@pass_session
@click.pass_context
def import_images(
    ctx: click.Context, session: Session, words: tuple[str, ...], url: str | None, dry_run: bool, output: str
) -> None:
    """Copy images into the registry that is deployed, from the data FOLDER of another one, or from that of --url.

    A pattern is REPO or REPO:TAG with * and ?; all images are meant unless one is given. An image comes with all its
    platforms, signatures and SBOMs, byte for byte. What is here already is not copied again, so a run that was killed
    is run again. The source is only read. REGISTRY_USERNAME and REGISTRY_PASSWORD, else the login file of docker or
    podman, log in at --url. A tag that points elsewhere here is set, as by a push; `sk registry undelete` sets it back.
    It leaves with 1 where an image could not be copied.

    \b
    Examples:
      sk registry import --url https://old.example.com --dry-run
      sk registry import --url https://old.example.com 'team/*' 'web:1.*'
      sk registry import /mnt/old/registry
    """
    place, patterns = _source(words, url)
    announce(session)
    if not dry_run:
        session.terminal.changing("run it again: what is here is not copied again")
    wanted = [within(session, word, url) if url else word for word in patterns]
    options = [place, *(["--dry-run"] if dry_run else [])]
    found = list(records(session, "import-images", *options, "--", *wanted, done=(0, 1)))
    items = [{**item(record), "done": _done(record)} for record in found if record["type"] == "imported"]
    (total,) = (item(record) for record in found if record["type"] == "import")
    columns = (Column("image"), DIGEST, Column("done", wraps=True))
    show(Listing(items, lambda row: str(row["image"]), columns, total, below=(_sentence(total),)), output)
    if total["failed"]:
        ctx.exit(1)


def _source(words: tuple[str, ...], url: str | None) -> tuple[str, tuple[str, ...]]:
    """Return the option that names where the images are, and the patterns."""
    if url:
        return f"--from-url={url}", words
    if not words:
        raise click.UsageError("name the data folder of another registry, or its address: --url URL")
    folder = Path(words[0]).expanduser().absolute()
    if not folder.is_dir():
        raise click.UsageError(f"there is no folder {folder}; another registry is named by --url URL")
    return f"--from-folder={folder}", words[1:]


def _done(record: Record) -> str:
    done: str = record["done"]
    return f"would be {done}" if record["dry_run"] and done in ("made", "set") else done


def _sentence(total: Record) -> str:
    sent = f"{'to copy' if total['dry_run'] else 'copied'}: {counted(total['blobs'], 'blob')}, {size(total['bytes'])}"
    rest = f"{total['linked']} linked from other repositories, {total['there']} here already"
    return f"{counted(total['tags'], 'tag')}, {total['failed']} of them failed; {sent}; {rest}"
