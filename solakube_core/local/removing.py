"""Removing a component from this machine; its data only when that is wanted."""

from __future__ import annotations

import contextlib
import shutil
import subprocess
from collections.abc import Iterable
from pathlib import Path

from solakube_core.engine import Progress
from solakube_core.errors import SolakubeError
from solakube_core.local.data.folders import MADE_BY_SK, Folders, deployed
from solakube_core.local.data.identity import check_unshared
from solakube_core.local.data.notes import memo
from solakube_core.local.keep import keeper, systemd
from solakube_core.local.machine.paths import is_read_only, resolved
from solakube_core.local.machine.processes import alive
from solakube_core.local.state.recording import read_state, read_wanted, readable
from solakube_core.local.state.records import Job

_CLEANUP_TIMEOUT = 30.0


def removal(where: Folders, unit: str, delete_data: bool) -> tuple[str, ...]:
    """Name what `remove` would remove."""
    wanted, state = readable(read_wanted, where.wanted), readable(read_state, where.running)
    named = [systemd_words] if (systemd_words := _unit_words(unit)) else []
    for job in wanted.jobs if wanted else ():
        running = state.jobs.get(job.name) if state else None
        process = running.process if running and alive(running.process) else None
        named.append(f"{job.name}: {job.described}" + (f" (process {process.pid})" if process else ""))
    named += [f"schedule {timed.name}: {timed.cron}" for timed in (wanted.timed if wanted else ())]
    if where.state.exists():
        named.append(f"configuration and logs in {where.state}")
    if delete_data and where.data.exists():
        named.append(f"data in {where.data} ({_size(where.data)} bytes)")
    return tuple(named)


def remove(where: Folders, unit: str, delete_data: bool, progress: Progress) -> None:
    """End what runs and remove what is there. Safe to repeat and to interrupt.

    Raises:
        SolakubeError: the data folder holds what others put there; then nothing is removed.
    """
    doomed = delete_data and where.data.exists()
    if doomed:
        _check_ours(where.data)
        _check_writable(where.data)
        _check_nobody_within(where)
        check_unshared(where)
    # Until all is gone: a deployment must not find half of it.
    with keeper.alone(where) if where.state.exists() else contextlib.nullcontext():
        _remove_all(where, unit, delete_data, doomed, progress)


def _remove_all(where: Folders, unit: str, delete_data: bool, doomed: bool, progress: Progress) -> None:
    wanted = readable(read_wanted, where.wanted)
    if where.wanted.exists():
        progress.now("ending what runs")
        keeper.dismiss(where, unit)
        _clean_up(wanted.jobs if wanted else ())
    if doomed:
        _empty(where.data)
        _prune(where.data)
        progress.say(f"removed the data in {where.data}")
    elif where.data.exists():
        progress.say(f"kept the data in {where.data}; the next deployment takes it up again")
    if delete_data:
        memo(where.state).unlink(missing_ok=True)
        shutil.rmtree(where.lasting, ignore_errors=True)
    _forget(where)


def _forget(where: Folders) -> None:
    """Remove the state, the orders last: as long as they are there, it can be repeated. The lock holds to the end."""
    if not where.state.exists():
        return
    for entry in where.state.iterdir():
        if entry not in (where.wanted, where.lock):
            _remove(entry)
    where.wanted.unlink(missing_ok=True)
    where.lock.unlink(missing_ok=True)
    if where.state.is_symlink():
        where.state.unlink()
    else:
        where.state.rmdir()
    _prune(where.state)


def _remove(entry: Path) -> None:
    """Remove a file, a folder with all in it, or a link; what the link leads to stays."""
    shutil.rmtree(entry) if entry.is_dir() and not entry.is_symlink() else entry.unlink()


def _empty(data: Path) -> None:
    """Remove a data folder. What it is mounted on, or linked to, stays as an empty folder: others made that."""
    ours = data / MADE_BY_SK
    for entry in data.iterdir():
        if entry != ours:
            _remove(entry)
    # It goes last: as long as it is there, an interrupted removal can be repeated.
    ours.unlink()
    # Neither a mount point nor a link is a folder that could be removed (rmdir(2): EBUSY, ENOTDIR).
    with contextlib.suppress(OSError):
        data.rmdir()


def _prune(removed: Path) -> None:
    """Remove the folders that we made above it, if nothing is left in them."""
    for folder in removed.parents[:2]:
        if "solakube" in (folder.name, folder.parent.name):
            with contextlib.suppress(OSError):
                folder.rmdir()


def _clean_up(jobs: Iterable[Job]) -> None:
    for job in jobs:
        if job.cleanup:
            with contextlib.suppress(OSError, subprocess.TimeoutExpired):
                subprocess.run(
                    job.cleanup, env=dict(job.environment), timeout=_CLEANUP_TIMEOUT, capture_output=True, check=False
                )


def _check_ours(data: Path) -> None:
    if not data.joinpath(MADE_BY_SK).exists():
        raise SolakubeError(
            f"the data folder {data} is not removed",
            "it was not empty when it was first deployed to, so there may be more in it than sk put there",
            "undeploy without --delete-data, and remove the folder yourself",
        )


def _check_nobody_within(where: Folders) -> None:
    """Refuse to remove another installation's data along: it was deployed into this folder once."""
    for installation, component, other in deployed():
        if other.state != where.state and resolved(where.data) in resolved(other.data).parents:
            raise SolakubeError(
                f"the data folder {where.data} is not removed",
                f"{component} of installation {installation} has its data in it: {other.data}",
                "undeploy that first, and move its data elsewhere",
            )


def _check_writable(data: Path) -> None:
    """Refuse before anything is ended what would fail in the middle."""
    if is_read_only(data):
        raise SolakubeError(
            f"the data folder {data} is not removed",
            "its file system is mounted for reading alone",
            "mount it for writing (after a look at the kernel's log: a failing disk is mounted anew so)",
        )


def _size(folder: Path) -> int:
    return sum(entry.lstat().st_size for entry in folder.rglob("*") if entry.is_file())


def _unit_words(unit: str) -> str:
    return f"systemd user unit {unit}" if systemd.is_installed(unit) else ""
