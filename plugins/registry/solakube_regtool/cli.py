"""The command line: global options, and one module for each command, imported when it is used."""

from __future__ import annotations

import argparse
import functools
import importlib
import sys
from collections.abc import Sequence
from typing import Any

from solakube_regtool.errors import RegtoolError, failed
from solakube_regtool.output import Output
from solakube_regtool.storage.volume import require_folder
from solakube_regtool.version import __version__

COMMANDS = {
    "list": "list repositories, or the tags of one",
    "delete": "delete tags, those alone",
    "history": "tell what tags pointed to, and when",
    "undelete": "bring back a tag that was deleted or moved",
    "forget-untagged": "drop manifests without a tag, in a read-only registry",
    "prune": "delete the tags that a policy does not keep",
    "usage": "tell who takes how much space",
    "stored": "tell the size of the blob store",
    "garbage-collect": "free what no tag reaches, beside a registry at work",
    "fsck": "check that all is there that tags reach",
    "check": "check that the images are whole that the cluster names",
    "hold": "have nothing deleted while another program backs the data up",
    "last-run": "tell what the last maintenance did",
    "metrics": "print the last runs' figures for Prometheus",
    "maintain": "prune and collect, as on a schedule",
    "backup": "copy the registry into a folder, what is there already left out",
    "backup-list": "tell which backups are in a folder",
    "backup-prune": "delete old backups",
    "backup-scratch": "lay a backup out as a registry's data, to prove it",
    "backup-proof": "remember what came of that",
    "backup-send": "write what a backup lacks of the registry to standard output",
    "backup-sent": "remember what came of that",
    "backup-check": "is every image of a backup whole? (--deep reads every blob)",
    "restore": "bring back what a backup holds",
    "restore-absent": "tell which blobs the registry lacks",
    "restore-receive": "bring back what standard input has of a backup",
    "restore-check": "bring a restored registry's tags to the moment when its backup began",
    "import-images": "copy images of another registry into the one of --url",
    "serve": "stay up, and answer over HTTP",
    "announce": "say in a bucket that a registry shares it",
    "logins": "copy the registry's password files, but for logins whose time is over",
    "rotate": "give new logins to the namespaces that may pull",
    "trigger": "have the program beside the data maintain it",
}
"""Command to its help. Its module in `commands` is named as it."""

BY_API = ("list", "delete", "usage", "fsck", "import-images")
"""The commands that need no data folder."""

IN_BUCKET = (
    *("list", "usage", "fsck", "check", "delete", "history", "undelete", "prune", "garbage-collect", "last-run"),
    *("hold", "announce", "serve", "maintain", "backup", "backup-send", "backup-sent", "backup-check"),
)
"""The commands that know what to do with a bucket."""

WITHOUT_DATA = (
    "backup-list",
    "backup-prune",
    "backup-scratch",
    "backup-proof",
    "import-images",
    "announce",
    "logins",
    "rotate",
    "trigger",
)
"""The commands that look at no registry's data."""

DEFAULT_DATA = "/var/lib/registry"


def main(arguments: Sequence[str]) -> int:
    """Run a command.

    Returns:
        0 done, 1 failed; wrong usage leaves with 2 by argparse.
    """
    options = _parser(frozenset(filter(COMMANDS.__contains__, arguments))).parse_args(arguments)
    out = Output(options.json)
    try:
        if options.url and options.command not in BY_API:
            why = f"by a registry's API there are {', '.join(BY_API)}"
            raise RegtoolError(f"{options.command} needs the registry's data", why, "name its folder: --data DIR")
        if options.bucket and options.command not in (*IN_BUCKET, *WITHOUT_DATA):
            why = f"in an object storage there are {', '.join(IN_BUCKET)}"
            raise RegtoolError(f"{options.command} needs the registry's data as files", why)
        if _needs_folder(options):
            require_folder(options.data)
        code: int = _module(options.command).run(options, out)
        out.flush()
    except BrokenPipeError:
        # The reader has seen enough, as in `list | head`; the interpreter must not try to flush at its end.
        sys.stdout = None
        return 0
    except RegtoolError as error:
        return _tell(out, error)
    except OSError as error:
        return _tell(out, failed(f"{options.command} failed", error))
    return code


def _needs_folder(options: argparse.Namespace) -> bool:
    # Where the images are in a bucket, `serve` stays up for the other commands alone.
    elsewhere = options.url or options.bucket or getattr(options, "elsewhere", False)
    return not elsewhere and options.command not in WITHOUT_DATA


def _module(command: str) -> Any:
    return importlib.import_module(f"solakube_regtool.commands.{command.replace('-', '_')}")


def _tell(out: Output, error: RegtoolError) -> int:
    out.problem(error.what, error.why, error.hint)
    return 1


@functools.cache
def _parser(commands_in_question: frozenset[str]) -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="regtool", description="Look after a registry's data, beside it at work.")
    parser.add_argument("--version", action="version", version=f"%(prog)s {__version__}")
    place = parser.add_mutually_exclusive_group()
    place.add_argument("--data", default=DEFAULT_DATA, metavar="DIR", help="the registry's data folder")
    place.add_argument("--url", metavar="URL", help=f"a registry's address instead ({', '.join(BY_API)})")
    place.add_argument("--bucket", metavar="JSON", help=f"a registry's bucket instead ({', '.join(IN_BUCKET)})")
    parser.add_argument("--json", action="store_true", help="print JSON lines")
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    for name, text in COMMANDS.items():
        # Only the command in question is imported and described: start-up is most of what a listing takes.
        asked_for = name in commands_in_question
        command = commands.add_parser(name, help=text, description=text, add_help=asked_for)
        if asked_for:
            _module(name).add_arguments(command)
    return parser
