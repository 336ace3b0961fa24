"""How a component on this machine is doing."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

from solakube_core.engine import Deployed, Fact, Status
from solakube_core.errors import SolakubeError
from solakube_core.local.data import folders
from solakube_core.local.data.folders import Folders
from solakube_core.local.data.identity import missing
from solakube_core.local.keep import keeper, systemd
from solakube_core.local.keep.waiting import trouble
from solakube_core.local.machine.paths import is_read_only
from solakube_core.local.machine.processes import alive
from solakube_core.local.state.recording import read_state, read_turns, read_wanted
from solakube_core.local.state.records import LOOPBACK, Job, Running, Timed, Turn, Wanted
from solakube_core.local.supervise.succession import own_version
from solakube_core.local.supervise.timetable import next_time
from solakube_core.wording import counted, moment, rfc3339, size

_SHARE_TO_KEEP_FREE = 0.05


def status(where: Folders, unit: str) -> Status:
    """Tell how the supervisor, the services and the data folder are doing.

    Args:
        unit: name of the systemd unit, where there is systemd.
    """
    wanted = read_wanted(where.wanted)
    if wanted is None:
        return Status(deployed=False)
    return Status(True, tuple(_facts(where, wanted, unit)))


def deployed() -> Iterator[Deployed]:
    """Give every component that any installation of this user has deployed."""
    for installation, component, where in folders.deployed():
        place = f"this machine (installation {installation})"
        try:
            found = status(where, systemd.unit_name(installation, component))
        except SolakubeError as error:
            found = Status(True, (Fact("records", "not readable", error.problems[0].what, healthy=False),))
        yield Deployed(component, place, found)


def _facts(where: Folders, wanted: Wanted, unit: str) -> Iterator[Fact]:
    state = read_state(where.running)
    yield Fact("sk", f"version {own_version()}", figures={"version": own_version()})
    yield _supervisor_fact(where, wanted, unit)
    for job in wanted.jobs:
        yield _job_fact(job, state.jobs.get(job.name) if state else None, where)
    if wanted.url:
        yield _address_fact(wanted)
    if gone := [file for file in wanted.files if not Path(file).exists()]:
        remedy = f"`sk deploy {wanted.component}` writes it anew"
        yield Fact("configuration", "missing", f"{', '.join(gone)}: {remedy}", healthy=False, figures={"files": gone})
    turns = read_turns(where.turns)
    for timed in wanted.timed:
        yield _turn_fact(timed, turns.get(timed.name), where)
    yield from _data_facts(where, wanted)


def _address_fact(wanted: Wanted) -> Fact:
    listen = next(job.listen for job in wanted.jobs if job.ports)
    reached = "this machine alone reaches it" if listen == LOOPBACK else f"it listens on {listen}"
    url = wanted.address or wanted.url
    figures = {"url": url, "listen": listen, "own_url": wanted.url}
    return Fact("address", url, f"{reached}, as {wanted.url}" if wanted.address else reached, figures=figures)


def _supervisor_fact(where: Folders, wanted: Wanted, unit: str) -> Fact:
    state = keeper.at_work(where)
    if state is None:
        remedy = f"nothing keeps {wanted.component} up; `sk deploy {wanted.component}` starts it again"
        return Fact("supervisor", "not running", remedy, healthy=False)
    kept = f"systemd user unit {unit}" if systemd.is_installed(unit) else "not started again after a reboot"
    version = f"version {state.version}" if state.version else "an earlier version"
    if state.version != own_version():
        version += f", not that of sk: `sk deploy {wanted.component}` replaces it"
    figures = {"pid": state.supervisor.pid, "version": state.version or None, "reboot": systemd.is_installed(unit)}
    return Fact("supervisor", "running", f"process {state.supervisor.pid}, {version}, {kept}", figures=figures)


def _job_fact(job: Job, running: Running | None, where: Folders) -> Fact:
    if why := trouble(job, running):
        log = str(where.log(job.name))
        return Fact(job.name, "not working", f"{why}; log: {log}", healthy=False, figures={"log": log})
    assert running is not None
    assert running.process is not None
    told = f"{job.described}, version {job.version}" if job.version else job.described
    parts = [told, f"process {running.process.pid}", f"since {moment(running.since)}"]
    if running.restarts:
        parts.append(f"started again {counted(running.restarts, 'time')}, the last one {running.ended}")
    figures = {
        "pid": running.process.pid,
        "version": job.version or None,
        "since": rfc3339(running.since),
        "restarts": running.restarts,
    }
    return Fact(job.name, "running", ", ".join(parts), figures=figures)


def _turn_fact(timed: Timed, turn: Turn | None, where: Folders) -> Fact:
    subject = f"schedule {timed.name}"
    if turn is None:
        return Fact(subject, "not taken up yet", timed.cron, figures={"cron": timed.cron})
    figures = {"cron": timed.cron, "began": rfc3339(turn.began or None)}
    if alive(turn.process):
        return Fact(subject, "at work", f"since {moment(turn.began)}", figures=figures)
    coming = next_time(turn)
    figures["next"] = rfc3339(coming)
    ran = f"last run {moment(turn.began)}" if turn.began else "it has not run yet"
    detail = f"{timed.cron}, {ran}, next {moment(coming)}"
    if turn.failure:
        failed = f"{turn.failure}; log: {where.log(timed.name)}; {detail}"
        return Fact(subject, "failed", failed, healthy=False, figures=figures)
    return Fact(subject, "waiting", detail, figures=figures)


def _data_facts(where: Folders, wanted: Wanted) -> Iterator[Fact]:
    problems = tuple(missing(Folders(where.state, Path(wanted.data)), wanted.component))
    for problem in problems:
        yield Fact("data", "missing", f"{problem.what}: {problem.why}", healthy=False)
    if not problems:
        yield _data_fact(wanted.data)


def _data_fact(data: str) -> Fact:
    try:
        disk, read_only = shutil.disk_usage(data), is_read_only(Path(data))
    except OSError as error:
        return Fact("data", "missing", f"{data}: {error.strerror}", healthy=False)
    detail = f"{size(disk.free)} free"
    figures = {"folder": data, "free_bytes": disk.free, "total_bytes": disk.total}
    enough = disk.free >= disk.total * _SHARE_TO_KEEP_FREE
    if not enough:
        detail += f", less than {_SHARE_TO_KEEP_FREE:.0%} of the disk: pushes fail when nothing is left, pulls go on"
    if read_only:
        detail += "; its file system is mounted for reading alone: pushes fail, and nothing is collected"
    return Fact("data", data, detail, healthy=enough and not read_only, figures=figures)
