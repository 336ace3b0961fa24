"""Whose data a folder holds: a note in it names the data, and the installation that works on it."""

from __future__ import annotations

import contextlib
import json
import uuid
from collections.abc import Iterator
from pathlib import Path

from solakube_core.errors import Problem, SolakubeError
from solakube_core.local.folders import Folders
from solakube_core.local.recording import read_wanted, write_atomically
from solakube_core.local.records import WANTED

_NOTE = ".solakube.json"
# Beside the orders, not in them: a supervisor of an older version ends at what it does not know there.
_EXPECTED = "data-identity"


def identity(data: Path) -> str:
    """Return the identity of a folder's data; "" where it has none."""
    return _note(data).get("identity", "")


def claim(where: Folders) -> str:
    """Note in the data folder that this installation works on it; return the data's identity, if need be a new one."""
    note = {"identity": identity(where.data) or uuid.uuid4().hex, "owner": str(where.state.resolve())}
    if note != _note(where.data):
        write_atomically(where.data / _NOTE, json.dumps(note) + "\n")
    if note["identity"] != _expected(where):
        write_atomically(where.state / _EXPECTED, note["identity"])
    return note["identity"]


def data_problems(where: Folders, component: str) -> Iterator[Problem]:
    """Yield what forbids to work on the data folder: others work on it, or the data is not there."""
    yield from others_at_work(where)
    wanted = read_wanted(where.wanted)
    if wanted and where.data == Path(wanted.data):
        yield from missing(where, component)


def missing(where: Folders, component: str) -> Iterator[Problem]:
    """Yield that a deployed component's data is not where it was, as after a start without the disk."""
    data, expected = where.data, _expected(where)
    if not data.exists() or (expected and identity(data) != expected):
        yield Problem(
            f"the data of {component} is not in {data}",
            "other data is there" if identity(data) else "is the disk mounted, or was the folder moved?",
            f"bring it back; or, to start anew without it: sk undeploy {component}, then sk deploy {component}",
        )


def others_at_work(where: Folders) -> Iterator[Problem]:
    """Yield that another installation is deployed on this data folder."""
    owner = Path(_note(where.data).get("owner") or where.state)
    if owner.resolve() == where.state.resolve():
        return
    other = read_wanted(owner / WANTED)
    if other and Path(other.data).resolve() == where.data.resolve():
        yield Problem(
            f"another installation works on the data folder {where.data}",
            f"it is installation {owner.parent.name}, and has its state in {owner}",
            "choose another folder, or undeploy that installation first: the data stays",
        )


def check_unshared(where: Folders) -> None:
    """Refuse to touch the data of another installation.

    Raises:
        SolakubeError: another installation is deployed on it.
    """
    if problems := tuple(others_at_work(where)):
        raise SolakubeError.of(problems)


def _expected(where: Folders) -> str:
    """Return the identity of the data that was deployed; "" where it was deployed without one."""
    with contextlib.suppress(FileNotFoundError):
        return where.state.joinpath(_EXPECTED).read_text(encoding="utf-8")
    return ""


def _note(data: Path) -> dict[str, str]:
    """Read the note; nothing where there is none, or where it is not ours to read."""
    with contextlib.suppress(OSError, ValueError):
        content = json.loads(data.joinpath(_NOTE).read_text(encoding="utf-8"))
        if isinstance(content, dict):
            return {name: value for name, value in content.items() if isinstance(value, str)}
    return {}
