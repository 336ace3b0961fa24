"""`sk registry delete`."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator, Sequence

import click

from solakube_core.plugin import (
    TABLE,
    Listing,
    Session,
    counted,
    dry_run_option,
    output_option,
    pass_session,
    show,
    yes_option,
)
from solakube_registry.commands.ages import Age
from solakube_registry.commands.columns import action, image, item
from solakube_registry.commands.completing import references
from solakube_registry.commands.references import within
from solakube_registry.maintenance.by_api import url_option
from solakube_registry.maintenance.tool import Record, announce, records


@click.command()
@click.argument(
    "targets",
    nargs=-1,
    required=True,
    metavar="REPO TAG... | REPO:TAG... | REPO@DIGEST... | -",
    shell_complete=references,
)
@click.option("--all", "everything", is_flag=True, help="All tags of REPO.")
@click.option("--older-than", type=Age(), metavar="AGE", help="Only tags last pushed longer ago, such as 30d.")
@dry_run_option
@yes_option
@url_option
@output_option()
@pass_session
def delete(
    session: Session,
    targets: tuple[str, ...],
    everything: bool,
    older_than: str | None,
    dry_run: bool,
    yes: bool,
    url: str | None,
    output: str,
) -> None:
    """Delete tags, and those alone: other tags of the same image stay.

    Tags may be patterns with * and ?; REPO@DIGEST means all tags of REPO that point there; - reads references from
    standard input. What goes is shown and asked about; without a terminal, tags that are named one by one go at once,
    and all else needs --yes. The space is freed by `sk registry garbage-collect`, and a repository goes with it in
    which nothing is left.

    \b
    Examples:
      sk registry delete tools/busybox 1.36
      sk registry delete registry.example.com/tools/busybox:1.36
      sk registry delete 'web:pr-*' --older-than 30d --dry-run
      sk registry delete old/web --all
    """
    announce(session, url)
    piped = targets == ("-",)
    named = [within(session, word, url) for word in (sys.stdin.read().split() if piped else targets)]
    options = [f"--older-than={older_than}"] if older_than is not None else []
    options += ["--all"] if everything else []
    if not dry_run and not yes and (session.terminal.has_reader or everything or not all(map(_is_one_tag, named))):
        doomed = [item(tag) for tag in _run(session, url, named, piped, *options, "--dry-run")]
        for tag in doomed:
            session.terminal.say(f"would delete {image(tag)} ({tag['digest']})")
        if not doomed:
            return
        session.terminal.confirm(f"Delete {counted(len(doomed), 'tag')}?", yes=False)
        # What was shown goes and nothing else, be it that others push meanwhile.
        piped, options, named = True, [], [f"{image(tag)}@{tag['digest']}" for tag in doomed]
    if not dry_run:
        session.terminal.changing("what is told as deleted is gone, all else is there")
    items = _tell(_run(session, url, named, piped, *options, *(["--dry-run"] if dry_run else [])), output)
    if output != TABLE:
        show(Listing(items, image, total={"tags": len(items)}), output)


def _is_one_tag(word: str) -> bool:
    return not any(character in word for character in "*?[@")


def _run(session: Session, url: str | None, named: Sequence[str], piped: bool, *options: str) -> Iterator[Record]:
    if piped:
        return records(session, "delete", *options, "-", stdin="\n".join(named), url=url)
    return records(session, "delete", *options, "--", *named, url=url)


def _tell(tags: Iterable[Record], output: str) -> list[Record]:
    """Print what happens to each tag at once, where it is printed for people."""
    items = []
    for tag in tags:
        items.append(item(tag))
        if output == TABLE:
            click.echo(f"{action(tag)} {image(tag)} ({tag['digest']})")
    return items
