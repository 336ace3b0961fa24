"""Backups of a registry that reaches no folder of this machine: by streams to and from the program beside its data."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator, Set
from contextlib import contextmanager, suppress

from solakube_regtool.backup.incoming import StreamOrigin
from solakube_regtool.backup.origin import named
from solakube_regtool.backup.restoring import foreseen, select
from solakube_regtool.backup.sending import returning
from solakube_regtool.backup.stream import Stream
from solakube_regtool.backup.taking import Taken, take
from solakube_regtool.backup.target import Target
from solakube_regtool.errors import RegtoolError, failed
from solakube_regtool.oci import digests

from solakube_core.plugin import Patience, Session, SolakubeError
from solakube_registry.maintenance.streams import as_error, streamed
from solakube_registry.maintenance.tool import Record, records


def backed_up(session: Session, folder: str, keep: int | None) -> Iterator[Record]:
    """Back the registry up into a folder of this machine.

    Args:
        session: the run of `sk`.
        folder: where to; it need not exist.
        keep: how many backups stay; None for all.

    Yields:
        What `backup` of the maintenance program tells.

    Raises:
        SolakubeError: a backup is at work there, the connection broke, or the folder cannot be written.
    """
    begun = time.monotonic()
    try:
        with Patience(session.terminal, "waiting for the registry's data") as patience, _told_as_ours():
            told = patience.progress
            taken = take(lambda there: _opened(session, there, told), Target(folder), told)
    except SolakubeError as error:
        # Where the registry cannot be reached this fails as well, and the first reason is the one that counts.
        with suppress(SolakubeError):
            seconds = f"--seconds={time.monotonic() - begun:.3f}"
            list(records(session, "backup-sent", "--failed", seconds, "--", error.problems[0].what))
        raise
    _remember(session, taken, time.monotonic() - begun)
    for fault in taken.faults:
        yield {"type": "fault", "fault": fault}
    yield {"type": "backup", "target": folder, **taken.figures()}
    if keep is not None:
        yield from records(session, "backup-prune", f"--keep={keep}", "--", folder)


@contextmanager
def _opened(session: Session, there: Set[bytes], told: Callable[[str], None]) -> Iterator[StreamOrigin]:
    with streamed(session, "backup-send", stdin=_lines(there)) as file:
        yield StreamOrigin(Stream(file, told))


def _remember(session: Session, taken: Taken, seconds: float) -> None:
    """Have the registry know of its backup: `sk status` and the metrics tell of it."""
    figures = (f"--tags={taken.summary.tags}", f"--copied-bytes={taken.copied_bytes}", f"--seconds={seconds:.3f}")
    failed = ["--failed"] if taken.faults else []
    list(records(session, "backup-sent", *figures, *failed, "--", taken.sentence()))


def restored(
    session: Session, folder: str, reference: str | None, moment: str | None, dry_run: bool
) -> Iterator[Record]:
    """Bring back what a backup in a folder of this machine holds.

    Args:
        session: the run of `sk`.
        folder: where the backup is.
        reference, moment: see `restoring.select`.
        dry_run: only tell what would come back.

    Yields:
        What `restore` of the maintenance program tells.

    Raises:
        SolakubeError: there is no such backup, the connection broke, or the registry cannot be written.
    """
    with _told_as_ours():
        target = Target(folder)
        wanted = select(target, moment, reference)
        if dry_run:
            yield from ({"type": "restored", **one.figures()} for one in foreseen(wanted))
            return
        told = records(session, "restore-absent", stdin=_lines(named(wanted)))
        absent = {digests.parse(record["digest"]) for record in told}
        sent = _Sent(returning(target.tree, select(target, moment, reference), absent))
        for record in records(session, "restore-receive", stdin=sent, done=(0, 1)):
            if record["type"] == "refused":
                sent.refused = True
            else:
                yield record


class _Sent:
    """What is sent, until it is refused.

    Attributes:
        refused: the other side has given up; it still waits for the end.
    """

    def __init__(self, data: Iterator[bytes]) -> None:
        self._data = data
        self.refused = False

    def __iter__(self) -> Iterator[bytes]:
        for data in self._data:
            if self.refused:
                return
            yield data


def _lines(keys: Iterable[bytes]) -> str:
    """Write digests down; there is one line at least, since no input at all is none that ends."""
    return "".join(f"{digests.text(key)}\n" for key in keys) or "\n"


@contextmanager
def _told_as_ours() -> Iterator[None]:
    try:
        yield
    except RegtoolError as error:
        raise as_error(error) from error
    except OSError as error:
        raise as_error(failed("the folder of the backups cannot be used", error)) from error
