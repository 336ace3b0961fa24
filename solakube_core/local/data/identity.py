"""Whose data a folder holds: a note in it names the data, and the installation that works on it."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from solakube_core.errors import Problem, SolakubeError
from solakube_core.local.data.notes import memo, note, read, remembered
from solakube_core.local.data.others import containers, holder
from solakube_core.local.machine.processes import alive
from solakube_core.local.state.recording import read_state, read_wanted, readable
from solakube_core.local.state.records import STATE, WANTED

if TYPE_CHECKING:
    from solakube_core.local.data.folders import Folders

_NOTE = ".solakube.json"


def identity(data: Path) -> str:
    """Return the identity of a folder's data; "" where it has none."""
    return read(data / _NOTE).get("identity", "")


def data_stays(where: Folders) -> str:
    """Say where the data of before stays, if that is elsewhere; "" if not."""
    before = remembered(where.state)
    return f"the data of before stays in {before}" if before and Path(before) != where.data else ""


def claim(where: Folders) -> str:
    """Note in the data folder that this installation works on it; return the data's identity, if need be a new one."""
    told = {"identity": identity(where.data) or uuid.uuid4().hex, "owner": str(where.state.resolve())}
    note(where.data / _NOTE, told)
    note(memo(where.state), {"identity": told["identity"], "data": str(where.data)})
    return told["identity"]


def data_problems(where: Folders, component: str, new_data: bool = False) -> Iterator[Problem]:
    """Yield what forbids to work on the data folder: others work on it, or the data is not there.

    Args:
        new_data: other data than that of before is welcome, and none.
    """
    yield from others_at_work(where)
    if not new_data and remembered(where.state) == str(where.data):
        yield from missing(where, component)


def missing(where: Folders, component: str) -> Iterator[Problem]:
    """Yield that a component's data is not where it was, as after a start without the disk."""
    if why := absent(where.state, where.data):
        yield Problem(
            f"the data of {component} is not in {where.data}",
            why,
            f"bring it back; or, to start with whatever is there: sk deploy {component} --new-data",
        )


def absent(state: Path, data: Path) -> str:
    """Tell why the data that a component had is not in a folder; "" when it is, or when it had none there."""
    known = read(memo(state))
    expected = known.get("identity") if known.get("data") == str(data) else ""
    if data.is_dir() and (not expected or identity(data) == expected):
        return ""
    return "other data is there" if identity(data) else "is the disk mounted, or was the folder moved?"


def others_at_work(where: Folders) -> Iterator[Problem]:
    """Yield who else works on this data folder: another installation, or a registry that sk did not start."""
    owner = Path(read(where.data / _NOTE).get("owner") or where.state)
    other = readable(read_wanted, owner / WANTED)
    if other and owner.resolve() != where.state.resolve() and Path(other.data).resolve() == where.data.resolve():
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


def check_unshared(where: Folders) -> None:
    """Refuse to touch the data of another installation.

    Raises:
        SolakubeError: another installation is deployed on it.
    """
    if problems := tuple(others_at_work(where)):
        raise SolakubeError.of(problems)


def _at_work(where: Folders) -> bool:
    """Tell whether the component's own supervisor works on this data: then nobody else can."""
    wanted, state = readable(read_wanted, where.wanted), readable(read_state, where.state / STATE)
    same = wanted is not None and Path(wanted.data).resolve() == where.data.resolve()
    return same and state is not None and alive(state.supervisor)
