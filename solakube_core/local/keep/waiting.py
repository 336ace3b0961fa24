"""Waiting until what is wanted runs and answers."""

from __future__ import annotations

import errno
import time

from solakube_core.engine import Progress
from solakube_core.errors import SolakubeError
from solakube_core.local.data.folders import Folders
from solakube_core.local.keep import keeper
from solakube_core.local.machine.ports import answers, holder, obstacle
from solakube_core.local.machine.processes import alive
from solakube_core.local.state.recording import read_state, read_wanted
from solakube_core.local.state.records import LOOPBACK, Job, Running

_PAUSE = 0.05
_HOPELESS = 4
"""Ends in a row, each soon after a start, after which waiting longer makes no sense."""


def wait(where: Folders, progress: Progress, timeout: float) -> None:
    """Wait until every service runs as wanted and listens.

    Args:
        timeout: seconds until giving up.

    Raises:
        SolakubeError: one does not; with the end of its log.
    """
    deadline = time.monotonic() + timeout
    while missing := _missing(where):
        job, running, why = missing
        over = _hopeless(job, running) or time.monotonic() > deadline
        if over or keeper.supervisor(where) is None:
            raise _failed(where, job, why)
        progress.now(f"waiting for {job.name}: {why}")
        time.sleep(_PAUSE)


def trouble(job: Job, running: Running | None) -> str:
    """Tell what keeps a service from working, "" when nothing does."""
    if running is None or running.fingerprint != job.fingerprint:
        return "not started yet"
    if not alive(running.process):
        return "; ".join(filter(None, (running.ended or "not running", _taken(job))))
    silent = [port for host, port in job.endpoints if not answers(port, host, job.contained)]
    return f"it does not listen on port {silent[0]} yet" if silent else ""


def _taken(job: Job) -> str:
    """Tell that somebody else has a port of a service that does not run, as one who was first after a reboot."""
    for host, port in zip((job.listen, *[LOOPBACK] * len(job.ports)), job.ports, strict=False):
        if obstacle(port, host) == errno.EADDRINUSE:
            return f"port {port} is taken by {holder(port)}"
    return ""


def _missing(where: Folders) -> tuple[Job, Running | None, str] | None:
    wanted, state = read_wanted(where.wanted), read_state(where.running)
    for job in wanted.jobs if wanted else ():
        running = state.jobs.get(job.name) if state else None
        if why := trouble(job, running):
            return job, running, why
    return None


def _hopeless(job: Job, running: Running | None) -> bool:
    return running is not None and running.fingerprint == job.fingerprint and running.failures >= _HOPELESS


def _failed(where: Folders, job: Job, why: str) -> SolakubeError:
    if keeper.supervisor(where) is None:
        why = f"the supervisor has ended. {keeper.last_lines(where.supervisor_log)}"
    log = where.log(job.name)
    said = keeper.last_lines(log)
    return SolakubeError(
        f"{job.name} does not work", f"{why}\n{said}".strip(), f"its log is {log}; the next `sk deploy` tries again"
    )
