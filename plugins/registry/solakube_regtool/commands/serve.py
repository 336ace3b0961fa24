"""`serve`: stay up beside the registry, answer over HTTP, and end at once when told to."""

from __future__ import annotations

import argparse
import contextlib
import signal
import threading
from collections.abc import Callable
from functools import partial

from solakube_regtool.collect.run import recover
from solakube_regtool.commands import registry_options
from solakube_regtool.errors import RegtoolError
from solakube_regtool.output import Output
from solakube_regtool.storage.tree import Tree
from solakube_regtool.wording import counted


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the command's arguments."""
    parser.add_argument("--listen", metavar="[HOST]:PORT", help="serve metrics there, and with --token maintenance")
    parser.add_argument("--token", metavar="FILE", help="who sends what is in it may ask for what is scheduled")
    parser.add_argument("--backup", default="", metavar="FOLDER", help="where backups go that are asked for")
    parser.add_argument("--logins", nargs=2, metavar=("GIVEN", "USED"), help="keep password files; see `logins`")
    parser.add_argument("--certificate", default="", metavar="FILE", help="tell in the metrics when that ends")
    parser.add_argument("--elsewhere", action="store_true", help="the images are not files beside it")
    registry_options.add_metrics(parser)


def run(options: argparse.Namespace, out: Output) -> int:
    """Put back what a killed collection left, then wait for SIGTERM or SIGINT.

    As the first process of a container it must ask for these signals: they are ignored else.
    """
    if options.bucket and not options.listen:
        why = "collections in the bucket ask this program there what its registry does"
        raise RegtoolError("a registry's bucket is not served without --listen", why, "add --listen [HOST]:PORT")
    ends = {signal.SIGTERM, signal.SIGINT}
    signal.pthread_sigmask(signal.SIG_BLOCK, ends)
    try:
        recovered = 0 if options.elsewhere or options.bucket else recover(Tree(options.data))
        if recovered:
            out.progress(f"put back {counted(recovered, 'blob')} that a killed collection had moved")
    except (RegtoolError, OSError) as error:
        # The next collection does it; staying away would take the other commands along.
        out.progress(f"what a killed collection may have left stays for the next one: {error}")
    if options.listen:
        _listen(options)
    if options.logins:
        given, used = options.logins
        _keep_logins(given, used, out)
    with _announced(options, out):
        out.progress("ready")
        signal.sigwait(ends)
    return 0


def _announced(options: argparse.Namespace, out: Output) -> contextlib.AbstractContextManager[None]:
    if not options.bucket:
        return contextlib.nullcontext()
    # Imported here: a volume is no other registry's.
    from solakube_regtool.serve.announcing import Announcement
    from solakube_regtool.sources.bucket import open_bucket

    place = open_bucket(options.bucket).place
    return Announcement(place, options.listen, registry_options.metrics(options)).kept(out.progress)


def _listen(options: argparse.Namespace) -> None:
    # Imported here: without an address there is nothing to serve.
    from solakube_regtool.serve.web import Server

    try:
        token = ""
        if options.token:
            with open(options.token, encoding="utf-8") as file:
                token = file.read().strip()
        place, runs = _images(options)
        page = partial(_page, runs, options.certificate)
        server = Server(options.listen, place, page, token, registry_options.metrics(options), options.backup)
    except (OSError, ValueError) as error:
        raise RegtoolError(f"{options.listen} cannot be served", str(error)) from error
    threading.Thread(target=server.serve_forever, daemon=True).start()


def _page(runs: Callable[[], str], certificate: str) -> str:
    from solakube_regtool.serve import metrics

    return runs() + metrics.certificate(certificate)


def _images(options: argparse.Namespace) -> tuple[tuple[str, str], Callable[[], str]]:
    """Return the option that names where the images are, and what makes the page of what maintenance did there."""
    from solakube_regtool.serve import metrics

    if not options.bucket:
        return ("--data", options.data), partial(metrics.of_folder, options.data)
    from solakube_regtool.sources.bucket import open_bucket

    return ("--bucket", options.bucket), metrics.OfBucket(lambda: open_bucket(options.bucket).place)


def _keep_logins(given: str, used: str, out: Output) -> None:
    # Imported here: most registries have no logins that end.
    from solakube_regtool.logins.keeping import Logins

    threading.Thread(target=Logins(given, used).keep, args=(out.progress, threading.Event()), daemon=True).start()
