"""Whose data a folder holds: a note in it names the data, and the installation that works on it."""

from __future__ import annotations

import uuid
from collections.abc import Collection, Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from solakube_core.errors import Problem, SolakubeError
from solakube_core.local.data.notes import NOTE, identity, memo, moved, note, read, remembered
from solakube_core.local.data.others import containers, holder
from solakube_core.local.data.strangers import strangers, told
from solakube_core.local.machine.paths import resolved
from solakube_core.local.machine.processes import alive
from solakube_core.local.state.recording import read_state, read_wanted, readable
from solakube_core.local.state.records import STATE, WANTED

if TYPE_CHECKING:
    from solakube_core.local.data.folders import Folders


def data_stays(where: Folders) -> str:
    """Say where the data of before stays, if that is elsewhere; "" if not."""
    before = remembered(where.state)
    elsewhere = before and Path(before) != where.data and not moved(where.state, Path(before), where.data)
    return f"the data of before stays in {before}" if elsewhere else ""


def claim(where: Folders, programs: Iterable[str] = ()) -> str:
    """Note in the data folder that this installation works on it; return the data's identity, if need be a new one.

    Args:
        programs: names of those that work on the data, by which others that do are known later.
    """
    noted = {"identity": identity(where.data) or uuid.uuid4().hex, "owner": str(resolved(where.state))}
    note(where.data / NOTE, noted)
    known = {"identity": noted["identity"], "data": str(where.data), "programs": "/".join(sorted(programs))}
    note(memo(where.state), known)
    return noted["identity"]


def data_problems(where: Folders, component: str, new_data: bool = False) -> Iterator[Problem]:
    """Yield what forbids to work on the data folder: others work on it, or the data is not there.

    Args:
        new_data: other data than that of before is welcome, and none.
    """
    try:
        yield from enclosed(where)
        yield from others_at_work(where)
        if not new_data and remembered(where.state) == str(where.data):
            yield from missing(where, component)
    except SolakubeError as error:
        yield from error.problems


def missing(where: Folders, component: str) -> Iterator[Problem]:
    """Yield that a component's data is not where it was, as after a start without the disk."""
    try:
        why = absent(where.state, where.data)
    except SolakubeError as error:
        yield from error.problems
        return
    if why:
        yield Problem(
            f"the data of {component} is not in {where.data}",
            why,
            f"bring it back; or, to start with whatever is there: sk deploy {component} --new-data",
        )


def absent(state: Path, data: Path) -> str:
    """Tell why the data that a component had is not in a folder; "" when it is, or when it had none there.

    Raises:
        SolakubeError: neither its own note nor the folder's tells.
    """
    try:
        known = read(memo(state))
    except SolakubeError:
        # What is wrong with the one note is written anew when the other one says whose the data is.
        if read(data / NOTE).get("owner") != str(resolved(state)):
            raise
        return ""
    expected = known.get("identity") if known.get("data") == str(data) else ""
    if data.is_dir() and (not expected or identity(data) == expected):
        return ""
    return "other data is there" if identity(data) else "is the disk mounted, or was the folder moved?"


def enclosed(where: Folders) -> Iterator[Problem]:
    """Yield that the data would lie within what goes with another component: its data, or its configuration."""
    for above in resolved(where.data).parents:
        whose = "data" if (above / NOTE).exists() else "configuration" if (above / WANTED).exists() else ""
        if whose and above != resolved(where.state):
            yield Problem(
                f"the data folder {where.data} lies within another component's {whose}",
                f"it would be removed with {above}",
                "name a folder elsewhere",
            )


def others_at_work(where: Folders) -> Iterator[Problem]:
    """Yield who else works on this data folder: another installation, or a registry that sk did not start."""
    owner = Path(read(where.data / NOTE).get("owner") or where.state)
    other = readable(read_wanted, owner / WANTED)
    if other and resolved(owner) != resolved(where.state) and resolved(Path(other.data)) == resolved(where.data):
        yield Problem(
            f"another installation works on the data folder {where.data}",
            f"it is installation {owner.parent.name}, and has its state in {owner}",
            "choose another folder, or undeploy that installation first: the data stays",
        )
    if _at_work(where):
        return
    if who := holder(where.data):
        yield Problem(f"the data folder {where.data} is in use", f"by {who}", "end that, or choose another folder")
    for remedy in containers(where.data) if where.data.is_dir() and any(where.data.iterdir()) else ():
        yield Problem(
            f"a container works on the data folder {where.data}", "two registries would damage the images", remedy
        )


def strangers_at_work(where: Folders, programs: Collection[str]) -> Iterator[Problem]:
    """Yield each program that sk did not start and that works on the data.

    Args:
        programs: names of those that work on such data.
    """
    state = readable(read_state, where.state / STATE)
    # A number may be another process's by now.
    own = [job.process.pid for job in state.jobs.values() if job.process and alive(job.process)] if state else []
    for pid in strangers(where.data, programs, own):
        yield Problem(
            f"the data folder {where.data} is in use",
            f"by {told(pid)}; two of them would damage what is there",
            "end that, or choose another folder",
        )


def check_unshared(where: Folders) -> None:
    """Refuse to touch data on which others work.

    Raises:
        SolakubeError: another installation is deployed on it, or a program that sk did not start works on it.
    """
    programs = set(read(memo(where.state)).get("programs", "").split("/")) - {""}
    if problems := tuple(others_at_work(where)) or tuple(strangers_at_work(where, programs)):
        raise SolakubeError.of(problems)


def _at_work(where: Folders) -> bool:
    """Tell whether the component's own supervisor works on this data: then nobody else can."""
    wanted, state = readable(read_wanted, where.wanted), readable(read_state, where.state / STATE)
    same = wanted is not None and resolved(Path(wanted.data)) == resolved(where.data)
    return same and state is not None and alive(state.supervisor)
