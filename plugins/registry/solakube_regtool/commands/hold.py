"""`hold NAME`: have nothing deleted while another program backs the data up; `hold NAME --end` ends that."""

from __future__ import annotations

import argparse
import socket

from solakube_regtool import durations
from solakube_regtool.backup.walks import begin, end
from solakube_regtool.errors import RegtoolError
from solakube_regtool.output import Output
from solakube_regtool.sources.opening import open_leases
from solakube_regtool.storage.tree import Tree


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the command's arguments."""
    parser.add_argument("name", nargs="?", metavar="NAME", help="what for; without it, tell who holds deletions")
    parser.add_argument("--for", dest="period", default="1h", metavar="AGE", help="it lapses then (default 1h)")
    parser.add_argument("--of-host", action="store_true", help="a lease of this host's, or pod's, own: NAME-HOST")
    parser.add_argument("--end", action="store_true", help="let things be deleted again")
    parser.add_argument("--patience", default="25s", metavar="AGE", help="wait so long for a collection (default 25s)")


def run(options: argparse.Namespace, out: Output) -> int:
    """Hold deletions from now on, or no longer."""
    leases, name = open_leases(options), options.name
    if name and options.of_host:
        name = f"{name}-{socket.gethostname().lower()}"
    if options.end:
        if not name:
            raise RegtoolError("who is to hold deletions no longer?", "", "name it: NAME --end")
        held = leases.end(name) if options.bucket else end(Tree(options.data), name)
        if not held:
            raise RegtoolError(f"{name} holds no deletions", "it has ended, or lapsed: things may have been deleted")
    elif name:
        _begin(options, name)
    for lease in leases.held():
        out.record("lease", str(lease), name=lease.name, host=lease.host, process=lease.process, until=lease.until)
    return 0


def _begin(options: argparse.Namespace, name: str) -> None:
    period, patience = durations.seconds(options.period), durations.seconds(options.patience)
    if not options.bucket:
        begin(Tree(options.data), name, period, patience)
        return
    # Imported here: a registry on a volume needs none of it.
    from solakube_regtool.objects.holding import hold
    from solakube_regtool.sources.bucket import open_bucket

    hold(lambda: open_bucket(options.bucket).place, name, period, patience)
